import type { PodStatus } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { statusPatch } from "../../../src/pods/status/status-patch.ts";
import { podOf, seenRunning } from "../../pod-builder.ts";

const ready = { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" };
const full: PodStatus = { ...seenRunning, podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], conditions: [ready] };

describe("statusPatch", () => {
  test("guards with the UID and sends all of a first status", () => {
    expect(statusPatch(podOf(), full)).toEqual({
      metadata: { uid: "uid-1" },
      status: {
        phase: "Running",
        podIP: "10.0.0.1",
        podIPs: [{ $patch: "replace" }, { ip: "10.0.0.1" }],
        containerStatuses: seenRunning.containerStatuses,
        conditions: [{ reason: null, message: null, ...ready }],
      },
    });
  });

  test("sends nothing that the cluster shows already", () => {
    expect(statusPatch(podOf({ status: full }), full)).toBeUndefined();
  });

  test("takes what is empty for absent, as the API server writes it out", () => {
    const [container] = seenRunning.containerStatuses ?? [];
    const shown = {
      ...full,
      containerStatuses: [{ ...container!, lastState: {} }],
      message: "",
      initContainerStatuses: [],
    };
    expect(statusPatch(podOf({ status: shown }), full)).toBeUndefined();
  });

  test("clears a message that no longer holds", () => {
    expect(statusPatch(podOf({ status: { ...full, message: "old" } }), full)?.status).toEqual({ message: null });
  });

  test("leaves conditions of others and unknown fields alone", () => {
    const foreign = { type: "DisruptionTarget", status: "True" };
    const shown = { ...full, conditions: [foreign, ready], resize: "Proposed" } as PodStatus;
    expect(statusPatch(podOf({ status: shown }), full)).toBeUndefined();
  });

  test("sends only the condition that changed", () => {
    const unready = { ...ready, status: "False", reason: "ContainersNotReady" };
    expect(statusPatch(podOf({ status: full }), { ...full, conditions: [unready] })?.status).toEqual({
      conditions: [{ message: null, ...unready }],
    });
  });

  test("takes away a resize that no longer waits, and no condition of anybody else's", () => {
    const waiting = { type: "PodResizePending", status: "True", reason: "Infeasible", message: "no" };
    const foreign = { type: "example.com/ready", status: "True" };
    const shown = podOf({ status: { ...full, conditions: [ready, waiting, foreign] } });
    expect(statusPatch(shown, full)?.status).toEqual({
      conditions: [{ $patch: "delete", type: "PodResizePending" }],
    });
    expect(statusPatch(shown, { ...full, conditions: [ready, waiting] })).toBeUndefined();
  });

  test("does not write for the observed generation alone, but sends it along", () => {
    expect(statusPatch(podOf({ status: full }), { ...full, observedGeneration: 2 })).toBeUndefined();
    expect(statusPatch(podOf({ status: full }), { ...full, phase: "Failed", observedGeneration: 2 })?.status).toEqual({
      phase: "Failed",
      observedGeneration: 2,
    });
  });

  test("adds the provider's annotations that are missing or different", () => {
    const pod = podOf({ metadata: { annotations: { size: "small", theirs: "x" } }, status: full });
    expect(statusPatch(pod, full, { size: "large" })).toEqual({
      metadata: { uid: "uid-1", annotations: { size: "large" } },
      status: {},
    });
    expect(statusPatch(pod, full, { size: "small" })).toBeUndefined();
  });
});
