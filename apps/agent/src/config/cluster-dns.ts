import type { VirtualNodeOptions } from "virtual-kubelet";
import { UsageError } from "../usage-error.ts";
import type { Config } from "./config-schema.ts";

/** Who resolves the names of Services, and under which domain they are. Throws a `UsageError` for a domain that nobody resolves. */
export function clusterDns({ clusterDns: addresses, clusterDomain }: Config): VirtualNodeOptions["clusterDns"] {
  if (addresses) return { addresses, domain: clusterDomain ?? "cluster.local" };
  if (clusterDomain === undefined) return undefined;
  throw new UsageError(
    "--cluster-domain says where the names of Services are: say with --cluster-dns who resolves them.",
  );
}
