import type { PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type ClusterDns, podResolver } from "../../../src/context/resolver/pod-resolver.ts";
import { podOf } from "../../pod-builder.ts";

const own = { nameservers: ["8.8.8.8"], searches: ["host.domain"], options: ["timeout:2"] };
const cluster: ClusterDns = { addresses: ["10.96.0.10"], domain: "kubernetes.io" };
const ofCluster = ["default.svc.kubernetes.io", "svc.kubernetes.io", "kubernetes.io"];
const asCluster = { nameservers: ["10.96.0.10"], searches: [...ofCluster, "host.domain"], options: ["ndots:5"] };
const dnsConfig = {
  nameservers: ["10.0.0.11"],
  searches: ["my.domain"],
  options: [{ name: "ndots", value: "3" }, { name: "debug" }],
};
const resolved = (spec: Partial<PodSpec>, sources = {}) => podResolver(podOf({ spec }), { own, cluster, ...sources });

describe("a pod's names are resolved", () => {
  // The first lines are Kubernetes' own, pkg/kubelet/network/dns/dns_test.go (`TestGetPodDNSCustom`).
  test.each<[what: string, spec: Partial<PodSpec>, config: object]>([
    ["by nothing", { dnsPolicy: "None" }, { nameservers: [], searches: [], options: [] }],
    [
      "by what the pod says only",
      { dnsPolicy: "None", dnsConfig },
      { nameservers: ["10.0.0.11"], searches: ["my.domain"], options: ["ndots:3", "debug"] },
    ],
    [
      "by the cluster and what the pod says",
      { dnsPolicy: "ClusterFirst", dnsConfig },
      {
        nameservers: ["10.96.0.10", "10.0.0.11"],
        searches: [...ofCluster, "host.domain", "my.domain"],
        options: ["ndots:3", "debug"],
      },
    ],
    [
      "by the cluster and what the pod says, in the host's network too",
      { dnsPolicy: "ClusterFirstWithHostNet", hostNetwork: true, dnsConfig },
      {
        nameservers: ["10.96.0.10", "10.0.0.11"],
        searches: [...ofCluster, "host.domain", "my.domain"],
        options: ["ndots:3", "debug"],
      },
    ],
    [
      "by its place and what the pod says",
      { dnsPolicy: "Default", dnsConfig },
      {
        nameservers: ["8.8.8.8", "10.0.0.11"],
        searches: ["host.domain", "my.domain"],
        options: ["timeout:2", "ndots:3", "debug"],
      },
    ],
    ["by the cluster", { dnsPolicy: "ClusterFirst" }, asCluster],
    ["by the cluster when the pod says nothing", {}, asCluster],
    ["by the cluster when the policy is none", { dnsPolicy: "Whatever" }, asCluster],
    ["by its place in the host's network", { dnsPolicy: "ClusterFirst", hostNetwork: true }, own],
    ["by its place", { dnsPolicy: "Default" }, own],
    [
      "by each server and in each domain once",
      {
        dnsPolicy: "Default",
        dnsConfig: { nameservers: ["8.8.8.8", "1.1.1.1", "1.1.1.1"], searches: ["host.domain", "b"] },
      },
      { nameservers: ["8.8.8.8", "1.1.1.1"], searches: ["host.domain", "b"], options: ["timeout:2"] },
    ],
    [
      "by options of which one may lose its value",
      {
        dnsPolicy: "Default",
        dnsConfig: {
          options: [
            { name: "timeout", value: "" },
            { name: "a", value: "b:c" },
          ],
        },
      },
      { ...own, options: ["timeout", "a:b:c"] },
    ],
  ])("%s", (_what, spec, config) => {
    expect(resolved(spec)).toEqual({ config, events: [] });
  });

  test("in no domain of the cluster when it has none, and by all of its servers", () => {
    const addresses = ["10.96.0.10", "fd00::10"];
    const { config } = resolved({}, { cluster: { addresses, domain: "" } });
    expect(config).toEqual({ nameservers: addresses, searches: ["host.domain"], options: ["ndots:5"] });
  });

  test("in a domain once that the cluster and the place share", () => {
    const { config } = resolved({}, { own: { ...own, searches: ["kubernetes.io", "lan"] } });
    expect(config.searches).toEqual([...ofCluster, "lan"]);
  });

  test.each([undefined, { addresses: [], domain: "kubernetes.io" }])(
    "by its place when the node knows no server of the cluster (%j), which is said",
    (none) => {
      const message =
        'pod: "web_default(uid-1)". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.';
      const events = [{ type: "Warning", reason: "MissingClusterDNS", message }];
      expect(resolved({ dnsPolicy: "ClusterFirst" }, { cluster: none })).toEqual({ config: own, events });
      expect(resolved({ dnsPolicy: "Default" }, { cluster: none })).toEqual({ config: own, events: [] });
    },
  );
});

describe("what programs cannot read is left out, which is said", () => {
  const warning = (message: string) => ({ type: "Warning", reason: "DNSConfigForming", message });

  test("of servers", () => {
    const { config, events } = resolved({ dnsPolicy: "None", dnsConfig: { nameservers: ["1", "2", "3", "4"] } });
    expect(config.nameservers).toEqual(["1", "2", "3"]);
    expect(events).toEqual([
      warning(
        "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 1 2 3",
      ),
    ]);
  });

  const numbered = Array.from({ length: 33 }, (_, index) => `${index}`);
  // With the spaces 2,048 characters.
  const long = [
    "A".repeat(128),
    ...Array.from({ length: 15 }, (_, index) => String.fromCharCode(66 + index).repeat(127)),
  ];
  test.each<[what: string, searches: readonly string[], applied: readonly string[]]>([
    ["none of 32", numbered.slice(1), numbered.slice(1)],
    ["the last of 33", numbered, numbered.slice(0, 32)],
    ["one of 254 characters", ["a", "B".repeat(254), "C".repeat(253)], ["a", "C".repeat(253)]],
    ["none of 2,048 characters", long, long],
    ["the last of 2,050 characters", [...long, "Z"], long],
    ["as many as are too long together", [...long, "Y".repeat(200), "Z"], long],
  ])("of search domains: %s", (_what, searches, applied) => {
    const { config, events } = resolved({ dnsPolicy: "None", dnsConfig: { searches } });
    const message = `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${applied.join(" ")}`;
    expect(config.searches).toEqual(applied);
    expect(events).toEqual(searches.length === applied.length ? [] : [warning(message)]);
  });
});
