import type { PodFeatures } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { featureSupport } from "../../../src/pods/admission/feature-support.ts";
import { podOf } from "../../pod-builder.ts";

describe("featureSupport", () => {
  test("tells what a pod asks for that is refused or ignored", () => {
    const features: PodFeatures = [
      { field: "spec.hostNetwork", support: "refused", reason: "there is no host", asks: () => true },
      { field: "livenessProbe", support: "ignored", reason: "nobody asks", asks: () => true },
      { field: "spec.hostPID", support: "refused", reason: "there is no host", asks: () => false },
      { field: "env", support: "supported", asks: () => true },
    ];
    expect(featureSupport(podOf(), features)).toEqual({
      refused: ["spec.hostNetwork: there is no host"],
      ignored: ["livenessProbe: nobody asks"],
    });
  });

  test("refuses a pod that cannot be checked, with what else is refused of it", () => {
    const features: PodFeatures = [
      {
        field: "spec.volumes",
        support: "ignored",
        reason: "there is no disk",
        asks: ({ spec }) => spec.volumes!.length > 0,
      },
      { field: "spec.hostNetwork", support: "refused", reason: "there is no host", asks: () => true },
    ];
    const { refused, ignored } = featureSupport(podOf(), features);
    expect(ignored).toEqual([]);
    expect(refused).toEqual([
      expect.stringMatching(/^spec\.volumes: .* the provider failed in asks: Cannot read properties of undefined/),
      "spec.hostNetwork: there is no host",
    ]);
  });
});
