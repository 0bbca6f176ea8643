import { expect, test } from "vitest";
import { focusOn } from "../../src/suite/run-suite.ts";

test("the focus on some cases finds these by their whole name, and none that goes on", () => {
  const focus = new RegExp(focusOn(["[sig-node] Secrets should cost 1.5$ (or more)", "[sig-node] Secrets should be"]));
  expect(focus.test("Kubernetes e2e suite [sig-node] Secrets should cost 1.5$ (or more)")).toBe(true);
  expect(focus.test("Kubernetes e2e suite [sig-node] Secrets should be")).toBe(true);
  expect(focus.test("Kubernetes e2e suite [sig-node] Secrets should be patched")).toBe(false);
  expect(focus.test("Kubernetes e2e suite n Secrets should cost 105$ or more")).toBe(false);
});
