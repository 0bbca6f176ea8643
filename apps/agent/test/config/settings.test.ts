import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveSettings, type Settings } from "../../src/config/settings.ts";

interface Sources {
  readonly flags?: Record<string, string>;
  readonly environment?: Record<string, string>;
  /** The text of agent.yaml. */
  readonly yaml?: string;
}

async function settingsOf({ flags = {}, environment = {}, yaml }: Sources): Promise<Settings & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "agent-settings-"));
  await using removal = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  void removal;
  const file = join(folder, "agent.yaml");
  if (yaml !== undefined) await writeFile(file, yaml);
  const settings = await resolveSettings({
    flags,
    environment,
    workingDirectory: "/work-dir",
    ...(yaml === undefined ? {} : { file }),
  });
  return { ...settings, folder };
}

describe("settings", () => {
  test("prefer flags to the environment, and the environment to the file", async () => {
    const yaml = "nodeName: file\nclusterId: file\nlogLevel: warn\n";
    const environment = { VIRTUAL_KUBELET_NODE_NAME: "variable", VIRTUAL_KUBELET_CLUSTER_ID: "variable" };
    const { config } = await settingsOf({ yaml, environment, flags: { nodeName: "flag" } });
    expect(config).toEqual({ nodeName: "flag", clusterId: "variable", logLevel: "warn" });
  });

  test("take several servers as kubelet does", async () => {
    const { config } = await settingsOf({ flags: { clusterDns: "10.96.0.10, fd00::10" } });
    expect(config).toEqual({ clusterDns: ["10.96.0.10", "fd00::10"] });
  });

  test("take paths in the file from the file's folder, and others from the working directory", async () => {
    const yaml = "kubeconfig: admin.kubeconfig\nprovider: ./mine.js\n";
    const { config, directories, folder } = await settingsOf({ yaml, flags: { clientCaFile: "ca.pem" } });
    expect(config).toEqual({
      kubeconfig: join(folder, "admin.kubeconfig"),
      provider: join(folder, "mine.js"),
      clientCaFile: "/work-dir/ca.pem",
    });
    expect(directories).toEqual([folder, "/work-dir"]);
  });

  test("read what may be true or false, and durations as Kubernetes writes them", async () => {
    const flags = { rotateServerCertificates: "true", clientCaFromCluster: "false" };
    const yaml = "authenticationTokenWebhookCacheTtl: 2m30s\ncommandVerb: by-method\n";
    const { config } = await settingsOf({ flags, yaml });
    expect(config).toEqual({
      rotateServerCertificates: true,
      clientCaFromCluster: false,
      authenticationTokenWebhookCacheTtl: "2m30s",
      commandVerb: "by-method",
    });
    await expect(settingsOf({ flags: { clientCaFromCluster: "perhaps" } })).rejects.toThrow("--client-ca-from-cluster");
    await expect(settingsOf({ yaml: "authorizationWebhookCacheAuthorizedTtl: 5\n" })).rejects.toThrow("agent.yaml:1");
    await expect(settingsOf({ yaml: "authorizationWebhookCacheAuthorizedTtl: 5d\n" })).rejects.toThrow("a duration");
    // None at all would let nobody in, and a timer that is set for months goes off at once.
    for (const text of ["streamCreationTimeout: 0s\n", "streamCreationTimeout: 1000h\n"])
      await expect(settingsOf({ yaml: text })).rejects.toThrow("more than none and at most 24h");
  });

  test("say what is wrong with an address for pods", async () => {
    const { config } = await settingsOf({ yaml: "apiServerForPods: api.example:6443\n" });
    expect(config).toEqual({ apiServerForPods: "api.example:6443" });
    const flags = { apiServerForPods: "https://api.example" };
    await expect(settingsOf({ flags })).rejects.toThrow("--api-server-for-pods: must be a host and a port");
  });

  test("read lists and numbers from text", async () => {
    const flags = { labels: "a=1,b=x-y", taints: "k=v:NoSchedule, only:NoExecute", kubeletPort: "0" };
    const { config } = await settingsOf({ flags });
    expect(config).toEqual({
      labels: { a: "1", b: "x-y" },
      taints: [
        { key: "k", value: "v", effect: "NoSchedule" },
        { key: "only", effect: "NoExecute" },
      ],
      kubeletPort: 0,
    });
  });

  test("tell no taints from taints not given", async () => {
    expect((await settingsOf({ flags: { taints: "" } })).config).toEqual({ taints: [] });
    expect((await settingsOf({ environment: { VIRTUAL_KUBELET_TAINTS: "" } })).config).toEqual({});
  });

  test("know the variables of the Go original, which ours outrank", async () => {
    const environment = {
      DEFAULT_NODE_NAME: "go",
      KUBELET_PORT: "10251",
      VKUBELET_POD_IP: "10.1.2.3",
      VKUBELET_TAINT_KEY: "example.com/edge",
      VIRTUAL_KUBELET_NODE_NAME: "ours",
    };
    const { config } = await settingsOf({ environment, flags: { provider: "nomad" } });
    expect(config).toEqual({
      provider: "nomad",
      nodeName: "ours",
      kubeletPort: 10251,
      nodeAddress: "10.1.2.3",
      taints: [{ key: "example.com/edge", value: "nomad", effect: "NoSchedule" }],
    });
  });

  test("leave alone what Kubernetes puts into the environment for a Service", async () => {
    const environment = {
      KUBELET_PORT: "tcp://10.0.0.1:443",
      VIRTUAL_KUBELET_SERVICE_HOST: "10.0.0.2",
      VIRTUAL_KUBELET_PORT_10250_TCP: "tcp://10.0.0.2:10250",
    };
    const { config, warnings } = await settingsOf({ environment });
    expect({ config, warnings }).toEqual({ config: {}, warnings: [] });
  });

  test("warn of a variable that is nearly one of ours", async () => {
    const { warnings } = await settingsOf({
      environment: { VIRTUAL_KUBELET_NODENAME: "a", VIRTUAL_KUBELET_CONTAINER: "b" },
    });
    expect(warnings).toEqual([
      "The environment variable VIRTUAL_KUBELET_NODENAME means nothing to the agent; did you mean VIRTUAL_KUBELET_NODE_NAME?",
    ]);
  });

  test.each<[Sources, RegExp]>([
    [{ yaml: "nodeName: a\nnodename: b\n" }, /agent\.yaml:2: unknown key "nodename", did you mean "nodeName"\?$/],
    [{ yaml: "kubeletPort: high\n" }, /agent\.yaml:1: "kubeletPort": must be a whole number$/],
    [
      { yaml: "labels:\n  gpu: true\n" },
      /agent\.yaml:2: "labels\.gpu": expected string, received boolean \(put it in quotes\)$/,
    ],
    [
      { yaml: "taints:\n- key: a\n  effect: Never\n" },
      /agent\.yaml:3: "taints\[0\]\.effect": expected one of "NoSchedule"\|/,
    ],
    [{ yaml: "taints: a=b:NoSchedule\n" }, /agent\.yaml:1: "taints": expected array, received string$/],
    [{ yaml: "provider: {name: a}\n" }, /agent\.yaml:1: "provider": expected string, received object$/],
    [{ flags: { kubeletPort: "70000" } }, /^--kubelet-port: must be between 0 and 65535$/],
    [{ flags: { nodeName: "Edge_1" } }, /^--node-name: must be a DNS name/],
    [{ flags: { nodeName: "edge..1" } }, /^--node-name: must be a DNS name/],
    [{ flags: { nodeName: "a".repeat(64) } }, /^--node-name: must have at most 63 characters/],
    [{ flags: { labels: "my rack=7" } }, /^--labels: the key "my rack" must be a name of at most 63 letters/],
    [{ flags: { labels: "rack=x=y" } }, /^--labels: must be at most 63 letters/],
    [{ flags: { taints: "a b=c:NoSchedule" } }, /^--taints: must be a name of at most 63 letters/],
    [{ yaml: "labels:\n  rack: 1 2\n" }, /agent\.yaml:2: "labels\.rack": must be at most 63 letters/],
    [{ flags: { nodeAddress: "here" } }, /^--node-address: must be an IP address$/],
    [{ flags: { clusterDns: "10.96.0.10,dns" } }, /^--cluster-dns: must be an IP address/],
    [{ flags: { clusterDns: "" } }, /^--cluster-dns: must name a server/],
    [{ flags: { clusterDomain: "Cluster" } }, /^--cluster-domain: must be a DNS name/],
    [{ flags: { labels: "a" } }, /^--labels: "a" is not of the form key=value\.$/],
    [{ flags: { taints: "a" } }, /^--taints: "a" is not of the form key=value:Effect\.$/],
    [{ flags: { taints: "a:Never" } }, /^--taints: expected one of "NoSchedule"\|/],
    [{ environment: { VIRTUAL_KUBELET_LOG_LEVEL: "loud" } }, /^VIRTUAL_KUBELET_LOG_LEVEL: expected one of "debug"\|/],
    [{ environment: { KUBELET_PORT: "x" } }, /^KUBELET_PORT: must be a whole number$/],
    [{ environment: { VKUBELET_TAINT_EFFECT: "Never" } }, /^VKUBELET_TAINT_EFFECT: must be one of NoSchedule, /],
    [
      { yaml: "providerConfig: p.yaml\nproviderOptions: {}\n" },
      /^The provider's options are given twice, .*: keep one of them\.$/,
    ],
    [{ flags: { providerConfig: "none.yaml" } }, /^Cannot read \/work-dir\/none\.yaml: there is no such file\.$/],
  ])("%j are refused with one sentence", async (sources, message) => {
    await expect(settingsOf(sources)).rejects.toThrow(message);
  });

  test("with several mistakes are told all of them, a line each", async () => {
    await expect(settingsOf({ yaml: "nodename: a\nkubeletPort: -1\n" })).rejects.toThrow(
      /:1: unknown key "nodename".*\n.*:2: "kubeletPort": must be between 0 and 65535$/,
    );
  });
});
