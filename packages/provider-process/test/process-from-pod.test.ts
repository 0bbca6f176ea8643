import { expect, test } from "vitest";
import { processFromPod } from "../src/process-from-pod.ts";

test("only the container's own variables are put into its command", () => {
  const container = { name: "app", command: ["echo", "$(A) $(B) $(constructor)"], args: ["$(toString)"] };
  const pod = { metadata: { namespace: "default", name: "web", uid: "u" }, spec: { containers: [container] } };
  const environment = [{ name: "A", value: "1", sensitive: false }];
  const { command } = processFromPod({ pod, container, environment, hostEnvironment: { B: "2" } });
  expect(command).toEqual(["echo", "1 $(B) $(constructor)", "$(toString)"]);
});

test.each([
  { fields: {}, stdin: undefined },
  { fields: { stdinOnce: true }, stdin: undefined },
  { fields: { stdin: true }, stdin: "many" },
  { fields: { stdin: true, stdinOnce: true }, stdin: "once" },
])("a container with $fields has an input for $stdin", ({ fields, stdin }) => {
  const container = { name: "app", command: ["cat"], ...fields };
  const pod = { metadata: { namespace: "default", name: "web", uid: "u" }, spec: { containers: [container] } };
  expect(processFromPod({ pod, container, environment: [], hostEnvironment: {} }).stdin).toBe(stdin);
});
