import type { ResolverConfig } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { PodResolvers } from "../../../src/context/resolver/pod-resolvers.ts";
import { podOf } from "../../pod-builder.ts";

const own: ResolverConfig = { nameservers: ["8.8.8.8"], searches: [], options: [] };

test("what is not as a pod wants it is told once for each pod and message", () => {
  const told: string[] = [];
  const resolvers = new PodResolvers({
    isKnown: () => true,
    recordEvent: ({ metadata }, { reason }) => told.push(`${metadata.uid} ${reason}`),
  });
  const pods = ["a", "b"].map((uid) => podOf({ metadata: { uid }, spec: { dnsPolicy: "ClusterFirst" } }));
  for (const pod of [...pods, ...pods]) resolvers.resolver(pod, own);
  expect(told).toEqual(["a MissingClusterDNS", "b MissingClusterDNS"]);

  resolvers.resolver(pods[0]!, { ...own, nameservers: ["1", "2", "3", "4"] });
  expect(told.slice(2)).toEqual(["a DNSConfigForming"]);
});

test("what was told of pods that are gone is forgotten, and of others is not", () => {
  const told: string[] = [];
  const resolvers = new PodResolvers({
    isKnown: (uid) => uid === "0",
    recordEvent: ({ metadata: { uid } }) => told.push(uid),
  });
  const ask = (uid: number) => resolvers.resolver(podOf({ metadata: { uid: `${uid}` } }), own);
  for (let uid = 0; uid < 64; uid++) ask(uid);
  for (const uid of [0, 1]) ask(uid);
  expect(told.slice(64)).toEqual(["1"]);
});
