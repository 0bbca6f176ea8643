import { expect, test } from "vitest";
import { EventCorrelator } from "../../src/events/event-correlator.ts";
import type { EventSubject } from "../../src/events/event-recorder.ts";

const pod = (uid: string): EventSubject => ({ apiVersion: "v1", kind: "Pod", namespace: "default", name: uid, uid });
const event = (message: string) => ({ type: "Warning", reason: "Failed", message }) as const;
const minuteMs = 60_000;

test("the same event has the same key, another message another", () => {
  const correlator = new EventCorrelator();
  const keys = ["a", "a", "b"].map((message) => correlator.correlate(pod("p"), event(message), 0)?.key);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[0]).not.toBe(keys[2]);
});

test("more than ten that only the message tells apart are combined, until ten minutes have passed without one", () => {
  const correlator = new EventCorrelator();
  const say = (message: string, minutes: number) => correlator.correlate(pod("p"), event(message), minutes * minuteMs);
  for (let index = 0; index < 10; index++) expect(say(`attempt ${index}`, 0)?.event.message).toBe(`attempt ${index}`);
  const [eleventh, twelfth] = [say("attempt 10", 1), say("attempt 11", 2)];
  expect(eleventh?.event.message).toBe("(combined from similar events): attempt 10");
  expect(twelfth?.key).toBe(eleventh?.key);
  expect(say("attempt 3", 3)?.event.message).toBe("attempt 3");
  expect(say("attempt 12", 14)?.event.message).toBe("attempt 12");
});

test("an object has 25 events at once and then one in five minutes, whatever becomes of others", () => {
  const correlator = new EventCorrelator();
  const allowed = (uid: string, minutes: number) =>
    correlator.correlate(pod(uid), event("again"), minutes * minuteMs) !== undefined;
  expect(Array.from({ length: 30 }, () => allowed("loud", 0)).filter(Boolean)).toHaveLength(25);
  expect(allowed("quiet", 0)).toBe(true);
  expect([allowed("loud", 4), allowed("loud", 5), allowed("loud", 6), allowed("loud", 10)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
});
