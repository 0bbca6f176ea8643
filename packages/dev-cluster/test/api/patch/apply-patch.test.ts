import { describe, expect, test } from "vitest";
import { applyPatch } from "../../../src/api/patch/apply-patch.ts";
import type { JsonObject } from "../../../src/api/request.ts";

const call = (fieldManager: string) => ({ fieldManager, apiVersion: "v1", time: "2026-01-01T00:00:00Z" });
const apply = (current: object, config: object, manager = "me") =>
  applyPatch(current as JsonObject, config as JsonObject, call(manager));

function without(object: JsonObject): object {
  const { managedFields: _, ...metadata } = object["metadata"] as JsonObject;
  return { ...object, metadata };
}

describe("server-side apply", () => {
  test("records what a manager applies, in the form of managed fields", () => {
    const { object } = apply(
      {},
      { metadata: { name: "a", labels: { x: "y" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    );
    const fieldsV1 = {
      "f:metadata": { "f:labels": { "f:x": {} } },
      "f:spec": { "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:name": {}, "f:image": {} } } },
    };
    expect(object["metadata"]).toMatchObject({
      managedFields: [{ manager: "me", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1 }],
    });
  });

  test("again changes nothing, not even the time", () => {
    const config: JsonObject = { data: { a: "1" }, metadata: { labels: { x: "y" } } };
    const both = apply(apply({}, config).object, { data: { b: "2" } }, "other").object;
    const later = { ...call("me"), time: "2031-01-01T00:00:00Z" };
    expect(applyPatch(both, config, later)).toEqual({ object: both, conflicts: [] });
    expect(JSON.stringify(applyPatch(both, { ...config, data: { a: "2" } }, later).object)).toContain(later.time);
  });

  test("removes what the manager no longer names, and nothing else", () => {
    const first = apply({ data: { theirs: "1" } }, { data: { a: "1", b: "2" } });
    const second = apply(first.object, { data: { a: "1" } });
    expect(second.object["data"]).toEqual({ theirs: "1", a: "1" });
  });

  test("removes elements of lists that are no longer named", () => {
    const containers = (...names: readonly string[]) => ({ spec: { containers: names.map((name) => ({ name })) } });
    const first = apply(containers("theirs"), containers("a", "b"));
    expect(without(apply(first.object, containers("b")).object)).toEqual({
      ...containers("theirs", "b"),
      metadata: {},
    });
  });

  test("keeps what another manager has applied too", () => {
    const mine = apply({}, { data: { a: "1" } });
    const both = apply(mine.object, { data: { a: "1" } }, "other");
    expect(apply(both.object, { data: {} }).object["data"]).toEqual({ a: "1" });
  });

  test("names the field that another manager has applied with another value, and takes it over when forced", () => {
    const mine = apply({}, { spec: { containers: [{ name: "c", image: "1" }] } });
    const theirs = apply(mine.object, { spec: { containers: [{ name: "c", image: "2" }] } }, "other");
    expect(theirs.conflicts).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "me"', field: '.spec.containers[name="c"].image' },
    ]);
    expect(theirs.object["spec"]).toEqual({ containers: [{ name: "c", image: "2" }] });
    expect(apply(theirs.object, { spec: { containers: [{ name: "c", image: "3" }] } }, "other").conflicts).toEqual([]);
  });
});
