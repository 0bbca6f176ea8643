import { expect, test } from "vitest";
import { clusterDns } from "../../src/config/cluster-dns.ts";

test("the cluster's names are under cluster.local unless another domain is said, and are resolved by nobody unless one is said", () => {
  expect(clusterDns({})).toBeUndefined();
  expect(clusterDns({ clusterDns: ["10.96.0.10"] })).toEqual({ addresses: ["10.96.0.10"], domain: "cluster.local" });
  const both = { clusterDns: ["10.96.0.10", "fd00::10"], clusterDomain: "k8s.example" };
  expect(clusterDns(both)).toEqual({ addresses: ["10.96.0.10", "fd00::10"], domain: "k8s.example" });
  expect(() => clusterDns({ clusterDomain: "k8s.example" })).toThrow("--cluster-dns");
});
