import { expect, test } from "vitest";
import { processFromPod } from "../src/process-from-pod.ts";

test("only the container's own variables are put into its command", () => {
  const container = { name: "app", command: ["echo", "$(A) $(B) $(constructor)"], args: ["$(toString)"] };
  const pod = { metadata: { namespace: "default", name: "web", uid: "u" }, spec: { containers: [container] } };
  const environment = [{ name: "A", value: "1", sensitive: false }];
  const { command } = processFromPod({ pod, container, environment, hostEnvironment: { B: "2" } });
  expect(command).toEqual(["echo", "1 $(B) $(constructor)", "$(toString)"]);
});
