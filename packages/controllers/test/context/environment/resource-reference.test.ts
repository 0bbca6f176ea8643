import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resourceReference, volumeResourceReference } from "../../../src/context/environment/resource-reference.ts";
import { podOf } from "../../pod-builder.ts";

const container = { name: "main", resources: { limits: { "nvidia.com/gpu": "1" } } };
const pod = podOf({ spec: { containers: [container] } });

describe("a reference to a resource", () => {
  test.each([
    ["limits.nvidia.com/gpu", undefined, "unsupported container resource : limits.nvidia.com/gpu"],
    ["limits", undefined, "unsupported container resource : limits"],
    ["cpu", undefined, "unsupported container resource : cpu"],
    ["limits.storage", undefined, "unsupported container resource : limits.storage"],
    ["limits.cpu", "none", "container none not found"],
  ])("%s of %s is refused in kubelet's words", (resource, containerName, message) => {
    const reference = { resource, ...(containerName ? { containerName } : {}) };
    expect(() => resourceReference({ pod, container }, reference, {})).toThrow(
      expect.objectContaining({ code: "InvalidInput", message }),
    );
  });

  test("waits for what the node can give, where that is what it means", () => {
    const limit = { resource: "limits.cpu" };
    expect(() => resourceReference({ pod, container }, limit, {})).toThrow(
      expect.objectContaining({ code: "ConfigMissing", message: "What the node can give to pods is not known yet" }),
    );
    expect(resourceReference({ pod, container }, limit, { pods: "10" })).toBe("0");
    expect(resourceReference({ pod, container }, { resource: "requests.cpu" }, {})).toBe("0");
  });

  test("defaults in a volume to what the node can give, of an init container too, and never to the pod's own limit", () => {
    const spec = { containers: [container], initContainers: [{ name: "init" }], resources: { limits: { cpu: "2" } } };
    const limited = podOf({ spec });
    const [allocatable, limit] = [{ cpu: "8" }, { resource: "limits.cpu" }];
    const inVolume = (containerName: string) =>
      volumeResourceReference(limited, { ...limit, containerName }, allocatable);
    expect([inVolume("main"), inVolume("init")]).toEqual(["8", "8"]);
    expect(() => inVolume("none")).toThrow("container none not found");
    expect(resourceReference({ pod: limited, container }, limit, allocatable)).toBe("2");
    expect(resourceReference({ pod: limited, container }, { ...limit, containerName: "init" }, allocatable)).toBe("0");
  });

  test.each(["0", "0m", "0Ki"])("counts in ones when the divisor is %j, as API servers write none", (divisor) => {
    const allocatable = { memory: "1Ki" };
    expect(resourceReference({ pod, container }, { resource: "limits.memory", divisor }, allocatable)).toBe("1024");
  });

  test("is exact for every amount and divisor", () => {
    const units = [
      ["", 1n],
      ["k", 10n ** 3n],
      ["M", 10n ** 6n],
      ["E", 10n ** 18n],
      ["Ki", 2n ** 10n],
      ["Ei", 2n ** 60n],
    ] as const;
    const quantity = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 18n }), fc.constantFrom(...units));
    fc.assert(
      fc.property(quantity, quantity, ([amount, [suffix, factor]], [divisor, [divisorSuffix, divisorFactor]]) => {
        const given = { ...container, resources: { limits: { memory: `${amount}${suffix}` } } };
        const reference = { resource: "limits.memory", divisor: `${divisor}${divisorSuffix}` };
        const value = BigInt(resourceReference({ pod, container: given }, reference, {}));
        const [whole, part] = [amount * factor, divisor * divisorFactor];
        expect((value - 1n) * part < whole && value * part >= whole).toBe(true);
      }),
    );
  });

  test("counts thousandths of a processor exactly", () => {
    const milli = fc.bigInt({ min: 1n, max: 10n ** 15n });
    fc.assert(
      fc.property(milli, fc.constantFrom(["1", 1000n], ["1m", 1n], ["2", 2000n]), (amount, [divisor, factor]) => {
        const given = { ...container, resources: { requests: { cpu: `${amount}m` } } };
        const value = BigInt(resourceReference({ pod, container: given }, { resource: "requests.cpu", divisor }, {}));
        expect((value - 1n) * factor < amount && value * factor >= amount).toBe(true);
      }),
    );
  });
});
