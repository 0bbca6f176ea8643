import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { hostsFile } from "../../src/views/from-pod/hosts-file.ts";
import { podHostname } from "../../src/views/from-pod/pod-hostname.ts";

function pod(spec: Partial<Pod["spec"]>, name = "web"): Pod {
  return { metadata: { namespace: "shop", name, uid: "u" }, spec: { containers: [], ...spec } };
}

const searches = ["shop.svc.cluster.test", "svc.cluster.test"];

test.each<[Partial<Pod["spec"]>, string, object]>([
  [{}, "web", { hostname: "web", domain: "" }],
  [{ hostname: "own", subdomain: "sub" }, "web", { hostname: "own", domain: "sub.shop.svc.cluster.test" }],
  [{ hostnameOverride: "a.b.c", subdomain: "sub" }, "web", { hostname: "a.b.c", domain: "" }],
  [{}, `${"a".repeat(62)}-b`, { hostname: "a".repeat(62), domain: "" }],
])("a pod with %j, called %s, takes its host to be %j", (spec, name, expected) => {
  expect(podHostname(pod(spec, name), { searches })).toEqual(expected);
});

describe("a pod's /etc/hosts", () => {
  const head = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;
  const hostAliases = [
    { ip: "192.0.2.9", hostnames: ["a.test", "b.test"] },
    { ip: "2001:db8::9", hostnames: ["c.test"] },
  ];
  const aliases = `
# Entries added by HostAliases.
192.0.2.9\ta.test\tb.test
2001:db8::9\tc.test
`;

  test.each<[string, Partial<Pod["spec"]>, string, string]>([
    ["has the pod's addresses", {}, "", `${head}192.0.2.1\tweb\n2001:db8::1\tweb\n`],
    ["has its full name", {}, "sub.test", `${head}192.0.2.1\tweb.sub.test\tweb\n2001:db8::1\tweb.sub.test\tweb\n`],
    ["has its aliases", { hostAliases }, "", `${head}192.0.2.1\tweb\n2001:db8::1\tweb\n${aliases}`],
    [
      "is the node's for a pod on its network",
      { hostNetwork: true, hostAliases },
      "",
      `# Kubernetes-managed hosts file (host network).\n127.0.0.1 node\n${aliases}`,
    ],
  ])("%s", (_title, spec, domain, expected) => {
    const options = { podIPs: ["192.0.2.1", "2001:db8::1"], hostname: "web", domain, ofNode: "127.0.0.1 node\n" };
    expect(hostsFile(pod(spec), options)).toBe(expected);
  });
});
