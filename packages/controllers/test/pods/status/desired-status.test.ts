import type { PodStatus } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { desiredStatus } from "../../../src/pods/status/desired-status.ts";
import { podOf, recordOf, seenRunning, stateOf } from "../../pod-builder.ts";

const now = new Date("2026-01-01T00:00:10.500Z");
const pod = podOf({ metadata: { generation: 3 } });

function conditionsOf(status: PodStatus | undefined): Record<string, string> {
  return Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status: value, reason }) => [type, reason ? `${value} ${reason}` : value]),
  );
}

describe("desiredStatus", () => {
  test("says nothing of a pod that nothing has happened to", () => {
    expect(desiredStatus(recordOf({ pod }), now)).toBeUndefined();
  });

  test("says that an accepted pod is being created", () => {
    const status = desiredStatus(recordOf({ pod, created: "yes" }), now);
    expect(status).toMatchObject({
      phase: "Pending",
      containerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } } }],
    });
  });

  test("takes phase, containers and addresses from the backend, in whole seconds, and adds the node's conditions", () => {
    const state = stateOf("Running");
    const observed = {
      type: "present",
      state: {
        ...state,
        status: { ...state.status, startTime: "2026-01-01T00:00:01.123Z", podIP: "10.0.0.1", qosClass: "Guaranteed" },
      },
    } as const;
    const status = desiredStatus(recordOf({ pod, observed }), now);
    expect(status).toMatchObject({
      phase: "Running",
      podIP: "10.0.0.1",
      startTime: "2026-01-01T00:00:01Z",
      observedGeneration: 3,
    });
    expect(status).not.toHaveProperty("qosClass");
    expect(conditionsOf(status)).toEqual({
      PodScheduled: "True",
      PodReadyToStartContainers: "True",
      Initialized: "True",
      ContainersReady: "True",
      Ready: "True",
    });
  });

  test("gives addresses both ways, and a phase where the backend gives none, so that nothing the cluster shows is cleared", () => {
    const status = { podIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }] };
    const observed = { type: "present", state: { ...stateOf("Running"), status } } as const;
    expect(desiredStatus(recordOf({ pod, observed }), now)).toMatchObject({
      phase: "Pending",
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }],
      hostIP: "10.0.0.2",
      hostIPs: [{ ip: "10.0.0.2" }],
    });
  });

  test("never lets a pod that has started wait again, whatever of it fails", () => {
    const started = podOf({ status: seenRunning });
    const failure = new ProviderError("Unavailable", "no");
    expect(desiredStatus(recordOf({ pod: started, failure }), now)).toBeUndefined();
    expect(desiredStatus(recordOf({ pod: started, created: "yes" }), now)).toBeUndefined();
    const terse = podOf({ status: { phase: "Running" } });
    expect(desiredStatus(recordOf({ pod: terse, created: "yes" }), now)).toBeUndefined();
    expect(desiredStatus(recordOf({ pod: terse, lost: true }), now)).toMatchObject({ phase: "Failed" });
  });

  test("does not call a lost pod successful of which only init containers are known", () => {
    const [main] = stateOf("Succeeded").status?.containerStatuses ?? [];
    const status = { phase: "Pending", initContainerStatuses: [{ ...main!, name: "init" }] };
    expect(desiredStatus(recordOf({ pod: podOf({ status }), lost: true }), now)).toMatchObject({ phase: "Failed" });
  });

  test("keeps the time of a condition that has not changed", () => {
    const conditions = [
      { type: "Ready", status: "True", lastTransitionTime: "2025-01-01T00:00:00Z" },
      { type: "Initialized", status: "False", lastTransitionTime: "2025-01-01T00:00:00Z" },
    ];
    const record = recordOf({
      pod: podOf({ status: { conditions } }),
      observed: { type: "present", state: stateOf("Running") },
    });
    const times = Object.fromEntries(
      (desiredStatus(record, now)?.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
    expect(times).toMatchObject({ Ready: "2025-01-01T00:00:00Z", Initialized: "2026-01-01T00:00:10Z" });
  });

  test("is not ready while a readiness gate is closed", () => {
    const gated = podOf({ spec: { readinessGates: [{ conditionType: "example.com/gate" }] } });
    const record = recordOf({ pod: gated, observed: { type: "present", state: stateOf("Running") } });
    expect(conditionsOf(desiredStatus(record, now))).toMatchObject({
      ContainersReady: "True",
      Ready: "False ReadinessGatesNotReady",
    });
  });

  test("is not ready any more once it has ended", () => {
    const record = recordOf({ pod, observed: { type: "present", state: stateOf("Succeeded") } });
    expect(conditionsOf(desiredStatus(record, now))).toMatchObject({
      Ready: "False PodCompleted",
      Initialized: "True PodCompleted",
      PodReadyToStartContainers: "False",
    });
  });

  test("shows why a pod waits: the failure of the provider, in kubelet's words", () => {
    const failure = new ProviderError("ConfigMissing", 'configmap "settings" not found');
    expect(desiredStatus(recordOf({ pod, created: "asked", failure }), now)).toMatchObject({
      phase: "Pending",
      containerStatuses: [
        { state: { waiting: { reason: "CreateContainerConfigError", message: 'configmap "settings" not found' } } },
      ],
    });
  });

  test("shows why a pod is refused, and keeps it Pending so that nothing recreates it", () => {
    expect(
      desiredStatus(
        recordOf({ pod, refusal: { reason: "Unsupported", message: "volumes: not yet", fails: false, isFinal: true } }),
        now,
      ),
    ).toMatchObject({
      phase: "Pending",
      containerStatuses: [{ state: { waiting: { reason: "Unsupported", message: "volumes: not yet" } } }],
    });
  });

  test("does not turn a running pod Pending when a change of it fails", () => {
    const record = recordOf({
      pod,
      observed: { type: "present", state: stateOf("Running") },
      failure: new ProviderError("Unavailable", "later"),
    });
    expect(desiredStatus(record, now)?.phase).toBe("Running");
  });

  test("passes on that a pod had to go for no fault of its own, and no other condition of the provider's", () => {
    const disruption = { type: "DisruptionTarget", status: "True", reason: "Preempted", message: "for another job" };
    const state = stateOf("Failed");
    const conditions = [disruption, { type: "Ready", status: "True" }, { type: "Other", status: "True" }];
    const observed = { type: "present", state: { ...state, status: { ...state.status, conditions } } } as const;
    const status = desiredStatus(recordOf({ pod, observed }), now);
    expect(status?.conditions).toContainEqual({ ...disruption, lastTransitionTime: "2026-01-01T00:00:10Z" });
    expect(conditionsOf(status)).toMatchObject({ Ready: "False PodFailed" });
    expect(conditionsOf(status)).not.toHaveProperty("Other");
  });

  test("says that a resize cannot be made, of a pod that runs on", () => {
    const unapplied = {
      revision: "v1:x",
      changes: ["resources"],
      why: "The provider cannot change resources",
    } as const;
    const record = recordOf({ pod, observed: { type: "present", state: stateOf("Running") }, unapplied });
    const status = desiredStatus(record, now);
    expect(status?.phase).toBe("Running");
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: "PodResizePending",
        status: "True",
        reason: "Infeasible",
        message: unapplied.why,
      }),
    );
  });

  test("says of a lost pod that had started that its end is unknown", () => {
    const record = recordOf({ pod: podOf({ status: seenRunning }), lost: true, observed: { type: "absent" } });
    expect(desiredStatus(record, now)).toMatchObject({
      phase: "Failed",
      containerStatuses: [{ ready: false, state: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } } }],
    });
  });

  test("says the same of a deleted pod whose backend did not tell how it ended, whether it ever started or not", () => {
    const observed = { type: "absent" } as const;
    const started = recordOf({ pod: podOf({ status: seenRunning }), observed });
    expect(desiredStatus(started, now, { isOver: true })?.phase).toBe("Failed");
    expect(desiredStatus(recordOf({ pod, observed }), now, { isOver: true })?.phase).toBe("Failed");
  });

  test("fails a pod that it refuses only where it is told to", () => {
    const refusal = { reason: "OutOfcpu", message: "too little", isFinal: true };
    expect(desiredStatus(recordOf({ pod, refusal: { ...refusal, fails: true } }), now)).toMatchObject({
      phase: "Failed",
      reason: "OutOfcpu",
      message: "Pod was rejected: too little",
    });
    expect(desiredStatus(recordOf({ pod, refusal: { ...refusal, fails: false } }), now)?.phase).toBe("Pending");
  });

  test("never undoes a terminal phase", () => {
    const record = recordOf({
      pod: podOf({ status: { phase: "Failed" } }),
      observed: { type: "present", state: stateOf("Running") },
    });
    expect(desiredStatus(record, now)).toBeUndefined();
  });
});
