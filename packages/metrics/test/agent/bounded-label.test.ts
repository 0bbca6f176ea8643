import { expect, test } from "vitest";
import { boundedLabel } from "../../src/agent/bounded-label.ts";

test("a label takes so many values and no more, and keeps those that it knows", () => {
  const label = boundedLabel(2);
  expect(["a", "b", "c", "a", "d", "b"].map(label)).toEqual(["a", "b", "other", "a", "other", "b"]);
});
