import type { PodSpec } from "@virtual-kubelet/kubernetes";
import { expect, test } from "vitest";
import { ownersOnly } from "../../../src/context/volumes/file-owner.ts";
import { podOf } from "../../pod-builder.ts";

const as = (name: string, runAsUser?: number) => ({
  name,
  ...(runAsUser === undefined ? {} : { securityContext: { runAsUser } }),
});

const rows: readonly (readonly [string, Partial<PodSpec>, object])[] = [
  ["nobody says", {}, { mode: 0o644 }],
  ["the pod says", { securityContext: { runAsUser: 7 } }, { mode: 0o600, uid: 7 }],
  ["all containers say the same", { containers: [as("a", 7), as("b", 7)] }, { mode: 0o600, uid: 7 }],
  ["they differ", { containers: [as("a", 7), as("b", 8)] }, { mode: 0o644 }],
  ["one does not say", { containers: [as("a", 7), as("b")] }, { mode: 0o644 }],
  ["one overrules the pod", { securityContext: { runAsUser: 7 }, containers: [as("a"), as("b", 8)] }, { mode: 0o644 }],
  ["an init container differs", { initContainers: [as("i", 8)], containers: [as("a", 7)] }, { mode: 0o644 }],
  ["it is root", { securityContext: { runAsUser: 0 } }, { mode: 0o600, uid: 0 }],
  ["the volumes have a group", { securityContext: { fsGroup: 9 } }, { mode: 0o600 }],
];

test.each(rows)("a token is its user's alone: %s", (_what, spec, expected) => {
  expect(ownersOnly(podOf({ spec }), 0o644)).toEqual(expected);
});
