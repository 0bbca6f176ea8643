import { amountsOf } from "@virtual-kubelet/kubernetes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Size, pickSize } from "../../src/index.ts";

/** Some of Fargate's combinations of processor and memory. */
const combinations: readonly Size[] = [
  ...[512, 1024, 2048].map((mib) => ({ resources: { cpu: "250m", memory: `${mib}Mi` } })),
  ...[1, 2, 3, 4].map((gib) => ({ resources: { cpu: "500m", memory: `${gib}Gi` } })),
  ...[2, 3, 4, 5, 6, 7, 8].map((gib) => ({ resources: { cpu: "1", memory: `${gib}Gi` } })),
];

const machines: readonly Size[] = [
  { name: "large", price: 4, resources: { cpu: "8", memory: "64G" } },
  { name: "accelerated", price: 9, resources: { cpu: "4", memory: "16G", "example.com/gpu": "1" } },
  { name: "small", price: 1, resources: { cpu: "2", memory: "8G" } },
  { name: "odd", price: 3, resources: { cpu: "16", memory: "16G" } },
];

const pick = (wanted: Record<string, string>, table: readonly Size[]) => pickSize(amountsOf(wanted), table);

describe("a size is picked", () => {
  test.each<[wanted: Record<string, string>, table: readonly Size[], explanation: string]>([
    [
      { cpu: "300m", memory: "700Mi" },
      combinations,
      "0.3 vCPU, 700 MiB asked → 0.5 vCPU, 1 GiB (cpu rounded up from 0.3 vCPU to 0.5 vCPU, memory rounded up from 700 MiB to 1 GiB)",
    ],
    [{ cpu: "500m", memory: "2Gi" }, combinations, "0.5 vCPU, 2 GiB asked → 0.5 vCPU, 2 GiB"],
    [
      { cpu: "1m", memory: "2Gi" },
      combinations,
      "0.001 vCPU, 2 GiB asked → 0.25 vCPU, 2 GiB (cpu rounded up from 0.001 vCPU to 0.25 vCPU)",
    ],
    [
      { cpu: "250m", memory: "5Gi" },
      combinations,
      "0.25 vCPU, 5 GiB asked → 1 vCPU, 5 GiB (cpu rounded up from 0.25 vCPU to 1 vCPU)",
    ],
    [{ memory: "0" }, combinations, "nothing asked → 0.25 vCPU, 512 MiB"],
    [
      { memory: "16G", cpu: "2" },
      machines,
      "2 vCPU, 16 GB asked → odd: 16 vCPU, 16 GB (cpu rounded up from 2 vCPU to 16 vCPU)",
    ],
    [{ "example.com/gpu": "1" }, machines, "1 example.com/gpu asked → accelerated: 4 vCPU, 16 GB, 1 example.com/gpu"],
    [
      { memory: "8000000001" },
      machines,
      "8000000001 B asked → odd: 16 vCPU, 16 GB (memory rounded up from 8000000001 B to 16 GB)",
    ],
  ])("for %j", (wanted, table, explanation) => {
    expect(pick(wanted, table)).toMatchObject({ explanation });
  });

  test("with all that its row holds", () => {
    const table = [{ resources: { cpu: "1" }, sku: "S1" }];
    expect(pickSize(amountsOf({ cpu: "1" }), table).size?.sku).toBe("S1");
  });

  test("by size where not all have a price", () => {
    const [first, ...others] = machines;
    const { price: _, ...unpriced } = first!;
    expect(pick({ memory: "16G", cpu: "2" }, [unpriced, ...others]).size?.name).toBe("accelerated");
  });

  test("that has all that is wanted, and no smaller one has", () => {
    const wanted = fc.record({ cpu: fc.integer({ min: 0, max: 1_000 }), memory: fc.integer({ min: 0, max: 4_096 }) });
    const fits = fc.property(wanted, ({ cpu, memory }) => {
      const asked = amountsOf({ cpu: `${cpu}m`, memory: `${memory}Mi` });
      const enough = combinations.find(({ resources }) =>
        [...asked].every(([name, amount]) => amount <= amountsOf(resources).get(name)!),
      );
      expect(pickSize(asked, combinations).size).toEqual(enough);
    });
    fc.assert(fits);
  });
});

describe("no size is picked, and why is said,", () => {
  test.each<[wanted: Record<string, string>, table: readonly Size[], refusal: string]>([
    [{ cpu: "20" }, combinations, "No size has enough cpu (20 vCPU asked, the most is 1 vCPU)"],
    [
      { cpu: "20", memory: "1Ti" },
      machines,
      "No size has enough cpu (20 vCPU asked, the most is 16 vCPU) and memory (1 TiB asked, the most is 64 GB)",
    ],
    [
      { "example.com/fpga": "2" },
      machines,
      "No size has enough example.com/fpga (2 example.com/fpga asked, the most is 0 example.com/fpga)",
    ],
    [
      { cpu: "10", memory: "32G" },
      machines,
      "No size has 10 vCPU, 32 GB together; the nearest, odd: 16 vCPU, 16 GB, has not enough memory",
    ],
    [{ cpu: "1" }, [], "There is no size to choose from"],
  ])("for %j", (wanted, table, refusal) => {
    expect(pick(wanted, table)).toEqual({ refusal });
  });
});
