import { type StoredObject, resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { fieldSelector } from "../../../src/api/selectors/field-selector.ts";
import { labelSelector } from "../../../src/api/selectors/label-selector.ts";

function labelled(labels: Record<string, string>): StoredObject {
  return { metadata: { name: "a", uid: "u", labels } };
}

describe("a label selector", () => {
  const web = labelled({ app: "web", tier: "front" });
  test.each([
    ["", true],
    ["app=web", true],
    ["app==web,tier=front", true],
    ["app=web,tier=back", false],
    ["app!=db", true],
    ["other!=db", true],
    ["app in (db, web),tier", true],
    ["app notin (db,web)", false],
    ["other notin (x)", true],
    ["!other", true],
    ["! app", false],
    ["other", false],
    ["app=", false],
  ])("%j", (text, selected) => expect(labelSelector(text)(web)).toBe(selected));

  test.each(["a b", "app in web", "=web", "app=web,,"])("%j is none", (text) =>
    expect(() => labelSelector(text)).toThrow("unable to parse requirement"),
  );
});

describe("a field selector", () => {
  const pod = {
    metadata: { name: "a", namespace: "n", uid: "u" },
    spec: { nodeName: "x" },
    status: { phase: "Running" },
  };
  test.each([
    ["", true],
    ["metadata.name=a,metadata.namespace=n", true],
    ["spec.nodeName=x,status.phase!=Failed", true],
    ["spec.nodeName==y", false],
    ["status.podIP=", true],
    ["spec.hostNetwork=false", true],
    ["metadata.name!=a", false],
  ])("%j", (text, selected) => expect(fieldSelector(resources.pods, text)(pod)).toBe(selected));

  test("takes escaped commas as part of the value", () => {
    const event = { metadata: { name: "e", namespace: "n", uid: "u" }, reason: "a,b" };
    expect(fieldSelector(resources.events, String.raw`reason=a\,b`)(event)).toBe(true);
  });

  test("refuses a field of another kind", () => {
    expect(() => fieldSelector(resources.nodes, "spec.nodeName=x")).toThrow("field label not supported: spec.nodeName");
    expect(() => fieldSelector(resources.nodes, "metadata.namespace=x")).toThrow("not supported");
    expect(() => fieldSelector(resources.pods, "metadata.name")).toThrow("invalid selector: 'metadata.name'");
  });
});
