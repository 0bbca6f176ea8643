import assert from "node:assert/strict";
import { Quantity } from "@virtual-kubelet/kubernetes";
import type { CheckDefinition } from "../check-definition.ts";
import { within } from "../scene/within.ts";

/** What the provider says of its node. */
export const nodeChecks: readonly CheckDefinition[] = [
  {
    area: "node",
    word: "capacity",
    name: "the capacity that the provider gives its node is made of quantities",
    methods: ["describeNode"],
    async run(scene) {
      const { provider, signal } = scene;
      const { capacity = {}, allocatable = {} } = await scene.life.soon(
        () => provider.describeNode({ signal }),
        "describeNode",
      );
      for (const [resource, text] of [...Object.entries(capacity), ...Object.entries(allocatable)]) {
        assert.doesNotThrow(() => Quantity.parse(text), `${resource} is ${JSON.stringify(text)}`);
      }
    },
  },
  {
    area: "node",
    word: "watch-abort",
    name: "the watch of the node ends when its signal aborts",
    methods: ["watchNode"],
    async run(scene) {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, scene.signal]);
      const reading = (async () => {
        for await (const _description of scene.provider.watchNode({ signal }));
      })();
      await scene.pause(scene.timings.stepMs);
      stop.abort();
      await within(
        reading.catch(() => undefined),
        scene.timings.soonMs,
        "The watch of the node after its abort",
      );
    },
  },
  {
    area: "node",
    word: "ping",
    name: "ping resolves while the backend can be reached",
    methods: ["ping"],
    async run(scene) {
      const { provider, signal } = scene;
      await scene.life.soon(() => provider.ping({ signal }), "ping");
    },
  },
];
