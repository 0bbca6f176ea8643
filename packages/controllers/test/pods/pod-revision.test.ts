import { describe, expect, test } from "vitest";
import { changesBetween, podRevision } from "../../src/pods/pod-revision.ts";
import { podOf } from "../pod-builder.ts";

const pod = podOf({ metadata: { labels: { a: "1", b: "2" } } });

describe("podRevision", () => {
  test.each([
    ["labels", podOf({ metadata: { labels: { a: "1", b: "3" } } })],
    ["annotations", podOf({ metadata: { labels: { a: "1", b: "2" }, annotations: { x: "y" } } })],
    [
      "images",
      podOf({ metadata: { labels: { a: "1", b: "2" } }, spec: { containers: [{ name: "main", image: "app:2" }] } }),
    ],
    ["activeDeadlineSeconds", podOf({ metadata: { labels: { a: "1", b: "2" } }, spec: { activeDeadlineSeconds: 5 } })],
    [
      "tolerations",
      podOf({ metadata: { labels: { a: "1", b: "2" } }, spec: { tolerations: [{ operator: "Exists" }] } }),
    ],
  ])("tells that %s changed", (change, changed) => {
    expect(changesBetween(podRevision(pod), podRevision(changed))).toEqual([change]);
  });

  test("is the same whatever the order of keys, and for what is empty or absent", () => {
    const same = podOf({ metadata: { labels: { b: "2", a: "1" }, annotations: {} }, spec: { tolerations: [] } });
    expect(podRevision(same)).toBe(podRevision(pod));
  });

  test("ignores status, other metadata and the provider's own annotations", () => {
    const annotated = podOf({
      metadata: { labels: pod.metadata.labels ?? {}, resourceVersion: "9", annotations: { mine: "1" } },
      status: { phase: "Running" },
    });
    expect(podRevision(annotated, { except: new Set(["mine"]) })).toBe(podRevision(pod));
  });

  test("fits into the tags of any backend", () => {
    expect(podRevision(pod)).toMatch(/^v1:[\w-]{42}$/);
  });

  test.each([undefined, "", "v0:abc", "v1:short"])("counts %j as equal", (given) => {
    expect(changesBetween(given, podRevision(pod))).toEqual([]);
  });
});
