import type { PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
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

describe("the environment of a container", () => {
  const pod = { metadata: { namespace: "default", name: "web", uid: "u" }, spec: { containers: [] } };
  const container = { name: "app", command: ["env"] };
  const hostEnvironment = { PATH: "/host", HOST: "1", OF_IMAGE: "host" };
  const environment = [{ name: "OWN", value: "pod", sensitive: false }];
  const image = { environment: { OF_IMAGE: "image", OWN: "image" } };

  test("has the host's variables, then those of its image, and its own before all", () => {
    const { environment: found } = processFromPod({ pod, container, environment, hostEnvironment, image });
    expect(found).toEqual({ HOSTNAME: "web", PATH: "/host", HOST: "1", OF_IMAGE: "image", OWN: "pod" });
  });

  test("has none of the host's in a root of its own, and its user's home there", () => {
    const source = { pod, container, environment, hostEnvironment, image: { ...image, root: "/srv/box" } };
    const { environment: found } = processFromPod({ ...source, home: "/home/worker" });
    expect(found).toMatchObject({ HOME: "/home/worker", OF_IMAGE: "image", OWN: "pod" });
    expect(found["PATH"]).not.toBe("/host");
    expect(found).not.toHaveProperty("HOST");
  });

  test("is of no use without a command, and the refusal says what to set", () => {
    const start = (known?: object) =>
      processFromPod({ pod, container: { name: "app", args: ["x"] }, environment, hostEnvironment, image: known });
    expect(() => start()).toThrow("so set `command`, or say in the provider's option `images` what the image runs");
    expect(start({}).command).toEqual(["x"]);
  });
});

test.each<[Partial<PodSpec>, string, string]>([
  [{}, "web", "web"],
  [{ hostname: "own" }, "web", "own"],
  [{ hostnameOverride: "a.b.c" }, "web", "a.b.c"],
  [{}, `${"a".repeat(62)}-b`, "a".repeat(62)],
])("a container of a pod with %j, called %s, is told that its host is called %s", (spec, name, hostname) => {
  const container = { name: "app", command: ["hostname"] };
  const pod = { metadata: { namespace: "default", name, uid: "u" }, spec: { containers: [container], ...spec } };
  const { environment } = processFromPod({ pod, container, environment: [], hostEnvironment: {} });
  expect(environment["HOSTNAME"]).toBe(hostname);
});
