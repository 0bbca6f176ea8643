import { describe, expect, test } from "vitest";
import { reportedPod } from "../../../src/pods/backend/reported-pod.ts";
import { ref, stateOf } from "../../pod-builder.ts";

describe("reportedPod", () => {
  test("leaves out a revision and annotations that are none", () => {
    const whole = stateOf("Running", { revision: "v1:x", annotations: { "example.com/id": "7" } });
    expect(reportedPod(whole, "getPods")).toEqual(whole);
    const odd = { ...stateOf("Running"), revision: 5, annotations: null };
    expect(reportedPod(odd as never, "getPods")).toEqual(stateOf("Running"));
  });

  test.each([["hello"], [5n], [null], [{ ...ref, uid: "" }]])("refuses %s, which has no name", (pod) => {
    expect(() => reportedPod(pod as never, "getPod")).toThrow("getPod gave a pod without uid, namespace or name: ");
  });
});
