import { nobody } from "../normalised.ts";
import type { Recorder } from "../recorder.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is of this host and not of Nomad: kept are the names of what a node says, and one amount of each for all hosts. */
function neutral(node: Fields): Fields {
  const attributes = node["Attributes"] as Readonly<Record<string, string>> | null | undefined;
  const kept = Object.entries(attributes ?? {}).filter(([name]) =>
    /^(driver\.(raw_)?exec|driver\.mock_driver|kernel\.name|nomad\.version)$/.test(name),
  );
  return {
    ...node,
    Name: "test",
    ...(attributes ? { Attributes: Object.fromEntries(kept) } : {}),
    ...(node["Links"] ? { Links: {} } : {}),
    NodeResources: {
      ...(node["NodeResources"] as object),
      Cpu: { CpuShares: 8000, ReservableCpuCores: [0, 1, 2, 3], TotalCpuCores: 4 },
      Memory: { MemoryMB: 16_000 },
      Disk: { DiskMB: 100_000 },
      Networks: [],
      NodeNetworks: [],
    },
    ...(node["Resources"] ? { Resources: {} } : {}),
    ...(node["ComputedClass"] ? { ComputedClass: "v1:1" } : {}),
    ...(node["Events"] ? { Events: [] } : {}),
    ...(node["HostVolumes"] ? { HostVolumes: {} } : {}),
    Drivers: withoutAttributes(node["Drivers"] as Fields),
  };
}

/** Which ones there are depends on what is installed. */
function withoutAttributes(drivers: Fields): Fields {
  const names = ["exec", "mock_driver", "raw_exec"];
  return Object.fromEntries(names.flatMap((name) => (drivers[name] ? [[name, drivers[name]]] : [])));
}

/** Nodes with what they have, and what an agent says of itself. */
export async function nodes(recorder: Recorder): Promise<void> {
  const list = await recorder.ask<readonly { ID: string }[]>("list with resources", {
    path: "/v1/nodes?resources=true",
    keep: (found: readonly Fields[]) => found.map(neutral),
  });
  await recorder.ask("one", { path: `/v1/node/${list[0]?.ID}`, keep: neutral });
  await recorder.ask("one that is not there", { path: `/v1/node/${nobody}` });
  await recorder.ask("the leader", { path: "/v1/status/leader", keep: () => "127.0.0.1:4647" });
  await recorder.ask("regions", { path: "/v1/regions" });
  await recorder.ask("the agent itself", {
    path: "/v1/agent/self",
    keep: ({ config, member }: { config: Fields; member: Fields }) => ({
      config: {
        Region: config["Region"],
        Datacenter: config["Datacenter"],
        Version: versionOf(config["Version"] as Fields),
      },
      member: { Name: member["Name"], Status: member["Status"] },
    }),
  });
  await recorder.ask("a path that is none", { path: "/v1/nothing" });
}

const versionOf = ({ Version, VersionPrerelease }: Fields): Fields => ({ Version, VersionPrerelease });
