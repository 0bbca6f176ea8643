import { type Resource, type StoredObject, resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { fieldFaults } from "../../../src/api/validation/field-faults.ts";
import { validateCreation, validateUpdate } from "../../../src/api/validation/validate-object.ts";

describe("the fields of an object", () => {
  test("are dropped when unknown or null, each unknown one with its place", () => {
    const checked = fieldFaults("Pod", {
      spec: { containers: [{ name: "a", imag: "x", command: null }], colour: 1 },
      metadata: { labels: { any: "thing" } },
    });
    expect(checked.object).toEqual({ spec: { containers: [{ name: "a" }] }, metadata: { labels: { any: "thing" } } });
    expect(checked.unknown).toEqual(['unknown field "spec.containers[0].imag"', 'unknown field "spec.colour"']);
    expect(checked.mistyped).toEqual([]);
  });

  test("may be numbers where they are quantities", () => {
    const resourcesOf = (cpu: unknown) => ({ spec: { containers: [{ name: "a", resources: { limits: { cpu } } }] } });
    expect(fieldFaults("Pod", resourcesOf(2)).object).toEqual(resourcesOf("2"));
  });

  test.each([
    ["Deployment", { spec: { replicas: "3" } }, "json: cannot unmarshal string into Go struct field Deployment"],
    [
      "Pod",
      { spec: { containers: {} } },
      "cannot unmarshal object into Go struct field PodSpec.spec.containers of type []Container",
    ],
    [
      "Pod",
      { spec: { containers: [{ env: [{ value: 1 }] }] } },
      "cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
    ],
    [
      "Pod",
      { metadata: { labels: { a: true } } },
      "cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    ["Deployment", { spec: { replicas: 1.5 } }, "json: cannot unmarshal number 1.5 into Go struct field"],
    ["Deployment", { spec: { replicas: Number.POSITIVE_INFINITY } }, "cannot unmarshal number"],
    ["Service", { spec: { ports: [{ targetPort: 1.5 }] } }, "cannot unmarshal number 1.5"],
    ["Service", { spec: { ports: [{ targetPort: [] }] } }, "of type intstr.IntOrString"],
  ])("of %s cannot be %j", (kind, object, message) =>
    expect(fieldFaults(kind, object).mistyped.join()).toContain(message),
  );
});

const metadata = { name: "a", namespace: "n", uid: "u" };
const main = { name: "main", image: "x" };

const owner = (name: string) => ({ apiVersion: "v1", kind: "Pod", name, uid: name, controller: true });

function faults(resource: Resource<unknown>, object: object, current?: object): string {
  const typed = (one: object) => ({ kind: resource.kind, metadata, ...one }) as StoredObject;
  try {
    if (current) validateUpdate({ served: { resource }, subresource: "" }, typed(object), typed(current));
    else validateCreation(resource, typed(object));
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("a new object", () => {
  const template = (labels: object, restartPolicy = "Always") => ({
    metadata: { labels },
    spec: { containers: [main], restartPolicy },
  });
  const web = (strategy: object) => ({
    spec: { selector: { matchLabels: { a: "b" } }, template: template({ a: "b" }), strategy },
  });
  test.each<[Resource<unknown>, object, string]>([
    [resources.pods, { spec: { containers: [main] } }, ""],
    [resources.pods, { spec: { containers: [] } }, 'Pod "a" is invalid: spec.containers: Required value'],
    [resources.pods, {}, "spec.containers: Required value"],
    [resources.pods, { spec: { containers: [{ name: "main" }] } }, "spec.containers[0].image: Required value"],
    [
      resources.pods,
      { spec: { containers: [{ ...main, name: "Main" }] } },
      'spec.containers[0].name: Invalid value: "Main": a lowercase RFC 1123 label',
    ],
    [resources.pods, { spec: { containers: [main, main] } }, 'spec.containers[1].name: Duplicate value: "main"'],
    [
      resources.pods,
      { spec: { containers: [main], restartPolicy: "Sometimes" } },
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      resources.pods,
      {
        spec: {
          containers: [main],
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } },
        },
      },
      "nodeSelectorTerms: Required value: must have at least one node selector term",
    ],
    [
      resources.pods,
      { spec: { containers: [{ ...main, volumeMounts: [{ name: "v", mountPath: "/v" }] }] } },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      resources.pods,
      { spec: { containers: [{ ...main, resources: { limits: { cpu: "much" } } }] } },
      "spec.containers[0].resources.limits[cpu]: Invalid value",
    ],
    [
      resources.pods,
      { spec: { containers: [{ ...main, ports: [{ containerPort: 70_000 }] }] } },
      "must be between 1 and 65535, inclusive",
    ],
    [resources.configMaps, { metadata: {} }, "metadata.name: Required value: name or generateName is required"],
    [
      resources.configMaps,
      { metadata: { ...metadata, labels: { "a b": "c" } } },
      'metadata.labels: Invalid value: "a b"',
    ],
    [resources.configMaps, { metadata: { ...metadata, labels: { a: "-" } } }, "a valid label must be an empty string"],
    [resources.configMaps, { metadata: { ...metadata, name: "a".repeat(254) } }, "must be no more than 253 characters"],
    [resources.configMaps, { metadata: { generateName: "../Bad_" } }, 'metadata.generateName: Invalid value: "../Bad_'],
    [resources.configMaps, { metadata: { generateName: "good-" } }, ""],
    [resources.configMaps, { metadata: { generateName: "a".repeat(300) } }, ""],
    [
      resources.configMaps,
      { metadata: { ...metadata, ownerReferences: [{ kind: "Pod", name: "p", uid: "1" }] } },
      "metadata.ownerReferences[0].apiVersion: Required value: must not be empty",
    ],
    [
      resources.configMaps,
      { metadata: { ...metadata, ownerReferences: [owner("p"), { ...owner("q"), controller: false }] } },
      "",
    ],
    [
      resources.configMaps,
      { metadata: { ...metadata, ownerReferences: [owner("p"), owner("q")] } },
      'Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
    ],
    [resources.namespaces, { metadata: { ...metadata, name: "a.b" } }, "RFC 1123 label"],
    [resources.services, { spec: {} }, 'Service "a" is invalid: spec.ports: Required value'],
    [resources.services, { spec: { clusterIP: "None" } }, ""],
    [resources.deployments, { spec: { selector: { matchLabels: { a: "b" } }, template: template({ a: "b" }) } }, ""],
    [
      resources.deployments,
      { spec: { selector: { matchLabels: { a: "b" } }, template: template({ a: "c" }) } },
      'Deployment.apps "a" is invalid: spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`',
    ],
    [
      resources.deployments,
      { spec: { selector: { matchLabels: { a: "b" } }, template: template({ a: "b" }, "Never") } },
      'supported values: "Always"',
    ],
    [
      resources.deployments,
      web({ type: "Recreate", rollingUpdate: { maxSurge: "25%" } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      resources.deployments,
      web({ type: "RollingUpdate", rollingUpdate: { maxSurge: "0%", maxUnavailable: 0 } }),
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ],
    [resources.deployments, web({ type: "Recreate" }), ""],
    [resources.deployments, web({ rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }), ""],
    [
      resources.replicaSets,
      { spec: { selector: {}, template: template({ a: "b" }) } },
      "spec.selector: Invalid value: {}: empty selector is invalid for replicaset",
    ],
    [
      resources.jobs,
      { spec: { template: template({}) } },
      'spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never"',
    ],
  ])("of %j: %j is judged %j", (resource, object, message) => {
    if (message === "") expect(faults(resource, object)).toBe("");
    else expect(faults(resource, object)).toContain(message);
  });

  test("is told all that is wrong at once", () => {
    expect(faults(resources.pods, { metadata: { ...metadata, name: "A" }, spec: { containers: [] } })).toMatch(
      /^Pod "A" is invalid: \[metadata\.name: .*, spec\.containers: Required value\]$/,
    );
  });
});

describe("an update", () => {
  const pod = { spec: { containers: [main], tolerations: [{ key: "a" }] } };
  test("of a pod may change images and add tolerations, nothing else", () => {
    const tolerations = [{ key: "b" }, { key: "a" }];
    expect(
      faults(
        resources.pods,
        { spec: { containers: [{ ...main, image: "y" }], tolerations, activeDeadlineSeconds: 3 } },
        pod,
      ),
    ).toBe("");
    expect(faults(resources.pods, { spec: { ...pod.spec, tolerations: [] } }, pod)).toContain(
      "spec: Forbidden: pod updates may not change",
    );
    expect(faults(resources.pods, { spec: { ...pod.spec, nodeName: "n" } }, pod)).toContain("spec: Forbidden");
    expect(faults(resources.pods, { spec: { ...pod.spec, containers: [{ ...main, command: ["x"] }] } }, pod)).toContain(
      "spec: Forbidden",
    );
  });

  test("of what is being deleted may take finalizers away, not add any", () => {
    const kept = (deletionTimestamp: string | undefined, ...finalizers: string[]) => ({
      metadata: { ...metadata, finalizers, ...(deletionTimestamp ? { deletionTimestamp } : {}) },
    });
    const ending = kept("2020-01-01T00:00:00Z", "a.b/c", "a.b/d");
    expect(faults(resources.configMaps, kept(undefined, "a.b/c", "a.b/d"), kept(undefined))).toBe("");
    expect(faults(resources.configMaps, kept(undefined, "a.b/d"), ending)).toBe("");
    expect(faults(resources.configMaps, kept(undefined, "a.b/c", "a.b/e"), ending)).toBe(
      'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/e"}',
    );
  });

  test("of a deployment keeps its selector", () => {
    const web = (labels: object) => ({
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [main] } } },
    });
    expect(faults(resources.deployments, web({ a: "c" }), web({ a: "b" }))).toContain("spec.selector: Invalid value");
  });

  test("of a ConfigMap or Secret that is immutable may change its labels, and nothing that it holds", () => {
    const frozen = { data: { a: "b" }, immutable: true };
    expect(faults(resources.configMaps, { ...frozen, metadata: { ...metadata, labels: { a: "b" } } }, frozen)).toBe("");
    expect(faults(resources.configMaps, { ...frozen, data: { a: "c" } }, frozen)).toBe(
      'ConfigMap "a" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
    expect(faults(resources.secrets, { data: frozen.data }, frozen)).toContain("immutable: Forbidden");
    expect(faults(resources.secrets, { type: "Opaque" }, { type: "example.com/key" })).toContain("type: Invalid value");
  });
});
