import { kubernetesObjects } from "../../../generate/src/kubernetes-objects.ts";
import type { Check } from "../check.ts";

const path = "packages/kubernetes/src/objects/generated/kubernetes-objects.ts";

/** A check that the committed text of a generated file is what its generator gives now. */
export function generatedFresh(generate: () => string): Check {
  return {
    name: "generated-fresh",
    promise: "generated files are what their generators give",
    run: (files) => {
      const committed = (files.get(path) ?? "").split("\n");
      const generated = generate().split("\n");
      const differs = generated.findIndex((line, index) => line !== committed[index]);
      if (differs < 0 && committed.length === generated.length) return [];
      const line = (differs < 0 ? generated.length : differs) + 1;
      return [
        {
          path,
          line,
          message: "is not what tooling/generate gives: pnpm --filter @virtual-kubelet/generate generate.",
        },
      ];
    },
  };
}

export const kubernetesObjectsFresh: Check = generatedFresh(kubernetesObjects);
