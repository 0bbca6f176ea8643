import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { ignored, refused, supported } from "../../src/features/asked-field.ts";
import { type FieldAnswers, featureMatrix } from "../../src/features/feature-matrix.ts";
import { featureTable } from "../../src/features/feature-table.ts";
import { podFields } from "../../src/features/pod-fields.ts";

const bare: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u" },
  spec: { containers: [{ name: "web", image: "web:1" }] },
};
const everything = Object.fromEntries(Object.keys(podFields).map((field) => [field, "supported"])) as FieldAnswers;

function verdicts(answers: Partial<FieldAnswers>, pod: Pod): readonly string[] {
  const rows = featureMatrix({ ...everything, ...answers }).filter((row) => row.asks(pod));
  return rows.filter(({ field }) => field in answers).map(({ support, field }) => `${support} ${field}`);
}

describe("featureMatrix", () => {
  const network = podFields["spec.hostNetwork"].add(bare);

  test("has a row for every field of the catalogue", () => {
    expect(featureMatrix(everything).map(({ field }) => field)).toEqual(Object.keys(podFields));
  });

  test("says of a field what the provider does, when a pod asks for it", () => {
    const answers = { "spec.hostNetwork": { support: "refused", reason: "there is no host" } } as const;
    expect(verdicts(answers, network)).toEqual(["refused spec.hostNetwork"]);
    expect(verdicts(answers, bare)).toEqual([]);
    expect(verdicts({ "spec.hostNetwork": "supported" }, network)).toEqual(["supported spec.hostNetwork"]);
  });

  test("gives each pod the answer that is for it", () => {
    const typeIs = (type: string) => (pod: Pod) =>
      pod.spec.containers.some(({ securityContext }) => securityContext?.seccompProfile?.type === type);
    const field = "spec.containers[*].securityContext.seccompProfile";
    const answers: Partial<FieldAnswers> = {
      [field]: [
        { support: "refused", reason: "there are no profiles", when: typeIs("Localhost") },
        { support: "ignored", reason: "nothing is filtered", when: typeIs("RuntimeDefault") },
      ],
    };
    const podOf = (type: string): Pod => ({
      ...bare,
      spec: { containers: [{ name: "web", securityContext: { seccompProfile: { type } } }] },
    });
    expect(verdicts(answers, podOf("Localhost"))).toEqual([`refused ${field}`]);
    expect(verdicts(answers, podOf("RuntimeDefault"))).toEqual([`ignored ${field}`]);
    expect(verdicts(answers, podOf("Other"))).toEqual([`supported ${field}`]);
    expect(verdicts(answers, bare)).toEqual([]);
  });

  test("has no type for an answer that lacks a field", () => {
    const { "spec.hostPID": _forgotten, ...rest } = everything;
    // @ts-expect-error spec.hostPID is not answered
    expect(() => featureMatrix(rest)).toThrow("no answer for spec.hostPID");
  });
});

describe("featureTable", () => {
  test("is a table of Markdown", () => {
    const asks = () => true;
    const table = featureTable([
      supported({ field: "spec.hostAliases", asks }),
      ignored({ field: "spec.priority", reason: "a|b\nc", asks }),
      refused({ field: "spec.hostPID", reason: "there is no host", asks }),
    ]);
    expect(table).toBe(`| Field | Support | Why |
| --- | --- | --- |
| \`spec.hostAliases\` | supported |  |
| \`spec.priority\` | ignored | a\\|b c |
| \`spec.hostPID\` | refused | there is no host |
`);
  });
});
