import type { Pod } from "@virtual-kubelet/kubernetes";
import { podFields } from "@virtual-kubelet/pod-toolkit";
import { describe, expect, test } from "vitest";
import { nomadFeatures } from "../src/features.ts";
import { drivers } from "../src/job/drivers.ts";
import { jobFromPod } from "../src/job-from-pod.ts";
import { plainOptions } from "../src/options.ts";
import { featureOverview } from "./feature-overview.ts";
import { materialOf } from "./golden-pods.ts";
import { readme, readmeWith } from "./readme.ts";

const commands = { java: ["java", "-jar", "/app.jar"], mock_driver: [] } as const;

/** A pod that asks for nothing that its driver would not need. */
function plainPod(driver: (typeof drivers)[number]): Pod {
  const command = driver in commands ? commands[driver as keyof typeof commands] : ["/bin/true"];
  const spec = { containers: [{ name: "main", image: "x:1", command: [...command] }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace: "default", name: "p", uid: "u" }, spec };
}

/** What these ask for is what their drivers take in a form of their own. */
const ownForm = new Set(["java command", "mock_driver args"]);

describe.each(drivers)("the features of the driver %s", (driver) => {
  const features = nomadFeatures(plainOptions.parse({ driver }));
  const answersTo = (pod: Pod) => features.filter((row) => row.asks(pod));

  test("refuse nothing of a plain pod", () => {
    expect(answersTo(plainPod(driver)).filter(({ support }) => support !== "supported")).toEqual([]);
  });

  test.each(Object.values(podFields))("hold for $field: what is not refused can be made a job", (field) => {
    const pod = field.add(plainPod(driver));
    if (answersTo(pod).some(({ support }) => support === "refused")) return;
    if (ownForm.has(`${driver} ${field.field.replace("spec.containers[*].", "")}`)) return;
    expect(jobFromPod(pod, materialOf({ driver })).job.TaskGroups[0].Tasks.length).toBeGreaterThan(0);
  });

  test("run a pod with the token that the API server mounts into every pod", () => {
    const token = podFields["spec.automountServiceAccountToken"].add(plainPod(driver));
    const [first] = token.spec.containers;
    const volumeMounts = first?.volumeMounts?.map((mount) => ({ ...mount, readOnly: true })) ?? [];
    const pod = {
      ...token,
      spec: { ...token.spec, containers: [{ ...plainPod(driver).spec.containers[0], name: "main", volumeMounts }] },
    };
    expect(answersTo(pod).filter(({ support }) => support === "refused")).toEqual([]);
  });
});

describe("a feature", () => {
  const supportOf = (driver: (typeof drivers)[number], pod: Pod) =>
    nomadFeatures(plainOptions.parse({ driver }))
      .filter((row) => row.support !== "supported" && row.asks(pod))
      .map(({ field, support }) => `${support} ${field}`);

  test.each([
    ["exec", "refused spec.containers[*].command"],
    ["raw_exec", "refused spec.containers[*].command"],
    ["docker", undefined],
  ] as const)("is a command: of a container without one %s says %s", (driver, answer) => {
    const pod = plainPod(driver);
    const spec = { containers: [{ name: "main", image: "x:1" }] };
    expect(supportOf(driver, { ...pod, spec })[0]).toBe(answer);
  });

  test("is a device that the options name", () => {
    const pod = plainPod("docker");
    const asking = (name: string): Pod => ({
      ...pod,
      spec: { containers: [{ name: "main", image: "x:1", resources: { limits: { [name]: "1" } } }] },
    });
    expect(supportOf("docker", asking("nvidia.com/gpu"))).toEqual([]);
    expect(supportOf("docker", asking("example.com/fpga"))).toEqual(["refused spec.containers[*].resources.extended"]);
  });

  test("is a pod's address where it is its client's", () => {
    const field = podFields["spec.containers[*].env[*].valueFrom.fieldRef=status.podIP"];
    const pod = field.add(plainPod("docker"));
    expect(supportOf("docker", pod)).toEqual([`refused ${field.field}`]);
    expect(supportOf("docker", { ...pod, spec: { ...pod.spec, hostNetwork: true } })).toEqual([]);
    expect(supportOf("raw_exec", pod)).toEqual([]);
  });

  test("is not to run as root only where somebody else is named", () => {
    const pod = plainPod("docker");
    const asking = (runAsUser: number | undefined): Pod => ({
      ...pod,
      spec: { ...pod.spec, securityContext: { runAsNonRoot: true, ...(runAsUser === undefined ? {} : { runAsUser }) } },
    });
    const refused = ["refused spec.containers[*].securityContext.runAsNonRoot"];
    expect(supportOf("docker", asking(undefined))).toEqual(refused);
    expect(supportOf("docker", asking(0))).toEqual(refused);
    expect(supportOf("docker", asking(1000))).toEqual([]);
    expect(supportOf("exec", asking(undefined))).toEqual([]);
  });

  test("has its row in the README, where some driver does not give it", () => {
    expect(readme()).toBe(readmeWith(featureOverview()));
    expect(readme()).toContain("| `spec.hostUsers` | refused |");
  });
});
