import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldReference } from "../../../src/context/environment/field-reference.ts";
import { podOf } from "../../pod-builder.ts";

const pod = podOf({
  metadata: { labels: { app: "web" }, annotations: { "a.b/c": "1" } },
  status: { podIP: "10.0.0.1", hostIP: "192.0.2.1" },
});

describe("a reference to a field", () => {
  test("takes addresses from the caller before those that the cluster has seen", () => {
    expect(fieldReference(pod, "status.podIP")).toBe("10.0.0.1");
    expect(fieldReference(pod, "status.hostIPs")).toBe("192.0.2.1");
    expect(fieldReference(pod, "status.podIP", { podIPs: ["10.0.0.2"] })).toBe("10.0.0.2");
    const both = { ...pod, status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } };
    expect(fieldReference(both, "status.podIPs", { podIPs: [] })).toBe("10.0.0.1,fd00::1");
  });

  test.each(["status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs"])("waits for %s", (path) => {
    const message = `The field "${path}" of pod default/web is not known yet: what runs the pod has not told it`;
    for (const addresses of [{}, { podIPs: [], hostIPs: [] }, { podIPs: [""], hostIPs: [""] }])
      expect(() => fieldReference(podOf(), path, addresses)).toThrow(
        expect.objectContaining({ code: "ConfigMissing", message }),
      );
  });

  test.each([
    ["spec.priority", "field label not supported: spec.priority"],
    ["constructor", "field label not supported: constructor"],
    ["", "field label not supported: "],
    ["['app']", "field label not supported: ['app']"],
    ["metadata.labels[app]", "field label not supported: metadata.labels[app]"],
    ["spec.restartPolicy", "unsupported fieldPath: spec.restartPolicy"],
    ["spec.schedulerName", "unsupported fieldPath: spec.schedulerName"],
    ["status.phase", "unsupported fieldPath: status.phase"],
    ["metadata.name['a']", "field label does not support subscript: metadata.name['a']"],
    [
      "metadata.labels['']",
      `invalid key subscript in metadata.labels['']: "" is not the name of a label or an annotation`,
    ],
    ["metadata.labels['it's']", /^invalid key subscript in metadata.labels\['it's'\]: /],
    ["metadata.labels['a/b/c']", /^invalid key subscript/],
    ["metadata.labels['UPPER.example/a']", /^invalid key subscript/],
    ["metadata.annotations['-a']", /^invalid key subscript/],
    [`metadata.annotations['${"a".repeat(64)}']`, /^invalid key subscript/],
  ])("refuses %s in kubelet's words", (path, message) => {
    expect(() => fieldReference(pod, path)).toThrow(message);
  });

  test("is empty for a label that is not there, whatever it is called", () => {
    for (const key of ["constructor", "toString", "none"])
      expect(fieldReference(pod, `metadata.labels['${key}']`)).toBe("");
  });

  test("is the value of every annotation that a pod can have", () => {
    const part = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?$/);
    const domain = fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,3}$/);
    const key = fc.oneof(
      part,
      fc.tuple(domain, part).map(([prefix, name]) => `${prefix}/${name}`),
    );
    fc.assert(
      fc.property(key, fc.string(), (name, value) => {
        const annotated = podOf({ metadata: { annotations: { [name]: value } } });
        expect(fieldReference(annotated, `metadata.annotations['${name}']`)).toBe(value);
      }),
    );
  });
});
