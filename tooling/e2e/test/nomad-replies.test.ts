import { differences, record, recorded, topicNames } from "@virtual-kubelet/nomad";
import { expect } from "vitest";
import { inNomad } from "../src/nomad/nomad-node.ts";
import { caseOnStage } from "../src/suite/scenario.ts";

// The fake of provider-nomad's own tests is held to these replies, and so they must be what Nomad says. No cluster has a part in it.

for (const topic of topicNames) {
  caseOnStage(
    `[nomad] a real Nomad answers what was recorded: ${topic}`,
    {
      ...inNomad,
      unless: (stage) =>
        inNomad.unless?.(stage) ?? (stage.release === undefined ? undefined : "asked beside the embedded cluster"),
    },
    async () => expect(differences(recorded(topic), await record(topic))).toEqual([]),
  );
}
