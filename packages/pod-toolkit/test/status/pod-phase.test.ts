import type { ContainerStatus, Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { podPhase } from "../../src/status/pod-phase.ts";

const metadata = { namespace: "default", name: "web", uid: "u" };

function podOf(restartPolicy: string, init: readonly ("init" | "sidecar")[] = []): Pod {
  return {
    metadata,
    spec: {
      restartPolicy,
      containers: [{ name: "a" }, { name: "b" }],
      initContainers: init.map((kind, index) => ({
        name: `i${index}`,
        ...(kind === "sidecar" ? { restartPolicy: "Always" } : {}),
      })),
    },
  };
}

/** `r` runs, `0` and `1` ended with that code, `w` waits for its first start, `W` for another one after it failed, `-` nothing is known. */
function statuses(letters: string, names: readonly string[]): readonly ContainerStatus[] {
  const ended = (code: string) => ({ terminated: { exitCode: Number(code) } });
  return letters.split("").flatMap((letter, index): ContainerStatus[] => {
    const common = {
      name: names[index] ?? "",
      image: "",
      imageID: "",
      restartCount: 0,
      ready: letter === "r",
      started: letter === "r",
    };
    if (letter === "-") return [];
    if (letter === "r") return [{ ...common, state: { running: {} } }];
    if (letter === "w") return [{ ...common, state: { waiting: {} } }];
    if (letter === "W") return [{ ...common, state: { waiting: {} }, lastState: ended("1") }];
    return [{ ...common, state: ended(letter) }];
  });
}

describe("podPhase", () => {
  test.each([
    ["Always", "rr", "Running"],
    ["Always", "r0", "Running"],
    ["Always", "00", "Running"],
    ["Always", "rW", "Running"],
    ["Always", "WW", "Running"],
    ["Always", "rw", "Pending"],
    ["Always", "ww", "Pending"],
    ["Always", "r-", "Pending"],
    ["Always", "--", "Pending"],
    ["OnFailure", "00", "Succeeded"],
    ["OnFailure", "01", "Running"],
    ["OnFailure", "0W", "Running"],
    ["Never", "00", "Succeeded"],
    ["Never", "01", "Failed"],
    ["Never", "r1", "Running"],
  ])("with policy %s and containers %s is %s", (policy, letters, expected) => {
    expect(podPhase(podOf(policy), { containerStatuses: statuses(letters, ["a", "b"]) })).toBe(expected);
  });

  test.each([
    ["Always", ["init"], "r", "ww", "Pending"],
    ["Always", ["init"], "0", "rr", "Running"],
    ["Always", ["init"], "W", "ww", "Pending"],
    ["Never", ["init"], "1", "ww", "Failed"],
    ["OnFailure", ["init"], "1", "ww", "Pending"],
    ["Always", ["sidecar"], "w", "ww", "Pending"],
    ["Always", ["sidecar"], "r", "rr", "Running"],
    ["Never", ["sidecar"], "r", "00", "Succeeded"],
    ["Always", ["sidecar"], "W", "rr", "Running"],
  ] as const)(
    "with policy %s, init containers %j %s and containers %s is %s",
    (policy, init, initLetters, letters, expected) => {
      const pod = podOf(policy, init);
      const names = init.map((_, index) => `i${index}`);
      expect(
        podPhase(pod, {
          initContainerStatuses: statuses(initLetters, names),
          containerStatuses: statuses(letters, ["a", "b"]),
        }),
      ).toBe(expected);
    },
  );

  test.each([
    ["Always", "00", "Succeeded"],
    ["Always", "01", "Failed"],
    ["Always", "0W", "Failed"],
    ["Always", "0w", "Failed"],
    ["OnFailure", "01", "Failed"],
    ["Always", "r0", "Running"],
  ])("once nothing is started any more, with policy %s and containers %s, is %s", (policy, letters, expected) => {
    expect(podPhase(podOf(policy), { containerStatuses: statuses(letters, ["a", "b"]) }, { ended: true })).toBe(
      expected,
    );
  });
});
