import { expect, test } from "vitest";
import { NodeHealth } from "../../../src/node/node-health.ts";
import { BackendCapacity } from "../../../src/pods/admission/backend-capacity.ts";
import { NodeRoom } from "../../../src/pods/admission/node-room.ts";

test("those that wait for room in the backend are tried again in turn, and not all at once", () => {
  const health = new NodeHealth();
  const capacity = new BackendCapacity({ health, room: new NodeRoom() });
  for (const uid of ["a", "b", "c"]) capacity.exhausted(uid, "no room");
  expect(capacity.next).toBe("a");
  capacity.exhausted("a", "still no room");
  expect(capacity.next).toBe("b");
  expect(capacity.settled("b")).toBe(true);
  expect(capacity.settled("b")).toBe(false);
  expect(capacity.next).toBe("c");
  for (const uid of ["a", "c"]) capacity.settled(uid);
  expect(capacity.next).toBeUndefined();
  expect(health.allocatableLimit).toBeUndefined();
});
