import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { containersOf } from "@virtual-kubelet/pod-toolkit";
import { describe, expect, test } from "vitest";
import { jobFromPod, materialNeeds, variablesFromPod } from "../src/job-from-pod.ts";
import type { NomadOptions } from "../src/options.ts";
import { goldenJob, goldenNames, goldenPod, materialOf } from "./golden-pods.ts";

describe("a pod's job", () => {
  test.each(goldenNames)("of %s is as it was agreed", (name) => {
    const { pod, material } = goldenPod(name);
    expect(jobFromPod(pod, material)).toEqual(goldenJob(name));
  });

  test.each(goldenNames)("of %s is the same when it is made again", (name) => {
    const { pod, material } = goldenPod(name);
    expect(jobFromPod(pod, material)).toEqual(jobFromPod(structuredClone(pod), material));
  });

  test.each(goldenNames)("of %s has nothing in it that is secret", (name) => {
    const { pod, material } = goldenPod(name);
    const secrets = [
      ...[...material.environments.values()].flat().filter(({ sensitive }) => sensitive),
      ...[...material.credentials.values()].map((each) => ({ value: each?.password ?? "" })),
    ];
    const text = JSON.stringify(jobFromPod(pod, material).job);
    for (const { value } of secrets) expect(text).not.toContain(value);
    if (name === "docker-web") expect(secrets).toHaveLength(2);
  });

  test.each(["docker", "podman"] as const)(
    "of a container without a command is the image's to say with %s",
    (driver) => {
      expect(jobFromPod(podOf({}), materialOf({ driver })).job.TaskGroups[0].Tasks[0]?.Config).toEqual({
        image: "x:1",
      });
    },
  );

  test.each([
    ["has no command", { driver: "raw_exec" }, {}],
    ["has no command", { driver: "exec" }, { args: ["-v"] }],
    ["is not run by java", { driver: "java" }, { command: ["/bin/true"] }],
    ["is not run by java", { driver: "java" }, { command: ["java", "-cp", "/a"] }],
    ["the mock driver takes settings", { driver: "mock_driver" }, { args: ["-v"] }],
  ] satisfies [string, NomadOptions, Partial<Container>][])(
    "is refused where the container %s",
    (reason, options, container) => {
      expect(() => jobFromPod(podOf(container), materialOf(options))).toThrow(reason);
    },
  );

  test("is refused where a container is called as the folder that all share", () => {
    expect(() => jobFromPod(podOf({ name: "alloc" }), materialOf({}))).toThrow('A container cannot be called "alloc"');
  });

  test("is refused where a variable is the address of a network of the pod's own", () => {
    const variables = [{ name: "POD_IP", value: "pod-address.nomad.invalid", sensitive: false }];
    const golden = { environments: { main: variables } };
    expect(() => jobFromPod(podOf({}), materialOf({ driver: "docker" }, golden))).toThrow(
      'Container "main": the variable "POD_IP" is the pod\'s address',
    );
  });

  test.each(["emptyDir", "hostPath"])(
    "is refused where a task of the driver exec is to have a volume of the kind %s",
    (kind) => {
      const pod = podOf({ command: ["/bin/true"], volumeMounts: [{ name: "v", mountPath: "/v" }] });
      const spec = { ...pod.spec, volumes: [{ name: "v", [kind]: {} }] };
      expect(() => jobFromPod({ ...pod, spec }, materialOf({ driver: "exec" }))).toThrow(`of the kind ${kind}`);
    },
  );

  test("leaves its client to resolve names where nobody says how", () => {
    const resolver = { nameservers: [], searches: [], options: [] };
    const { job } = jobFromPod(podOf({}), materialOf({}, { resolver }));
    expect(job.TaskGroups[0].Networks).toEqual([{ Mode: "bridge", Hostname: "p" }]);
  });

  test("notes that clients may give less time to stop than the pod has", () => {
    const { pod, material } = goldenPod("docker-web");
    expect(jobFromPod(pod, material).notes).toContain(
      "clients give a task 30 s to stop unless their `max_kill_timeout` is longer",
    );
  });
});

describe("what a pod needs before", () => {
  test("is pulled by the names of its containers, its mounted files, and the images that are pulled", () => {
    const { pod, material } = goldenPod("docker-web");
    expect(materialNeeds(pod, material.options)).toMatchObject({
      containers: ["web", "log"],
      volumes: ["config", "keys"],
      images: ["registry.example/web:latest", "log@sha256:abc"],
      resolver: true,
    });
  });

  test("is only its environment where nothing can be mounted", () => {
    const { pod } = goldenPod("docker-web");
    expect(materialNeeds(pod, materialOf({ driver: "raw_exec" }).options)).toMatchObject({
      containers: containersOf(pod).map(({ name }) => name),
      volumes: [],
      images: [],
      resolver: false,
    });
  });
});

describe("the variables of a pod that runs", () => {
  const { pod, material } = goldenPod("exec-files");
  const { job, variables } = jobFromPod(pod, material);
  const withFile = (text: string) => ({
    ...material,
    volumes: new Map(material.volumes).set("none", {
      files: [{ path: "new", content: Buffer.from(text), mode: 0o644, sensitive: false }],
    }),
  });

  test("are the same as long as nothing changes, and others when a file does", () => {
    expect(variablesFromPod(pod, material, job.Meta)).toEqual(variables);
    expect(variablesFromPod(pod, withFile("news"), job.Meta)).not.toEqual(variables);
  });

  test("cannot become more than the job's templates read", () => {
    const large = withFile("x".repeat(60_000));
    expect(() => variablesFromPod(pod, large, job.Meta)).toThrow(
      "take 2 variables of Nomad, of 64 KiB each, and it can read 1",
    );
    expect(jobFromPod(pod, large).variables).toHaveLength(2);
  });
});

function podOf(container: Partial<Container>): Pod {
  const spec = { containers: [{ name: "main", image: "x:1", ...container }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace: "default", name: "p", uid: "u" }, spec };
}
