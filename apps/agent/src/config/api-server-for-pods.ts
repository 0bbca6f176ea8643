import type { ApiServerForPods } from "virtual-kubelet";
import type { Config } from "./config-schema.ts";
import { hostAndPort } from "./values/host-and-port.ts";
import { UsageError } from "../usage-error.ts";
import { certificatesIn } from "./values/pem-files.ts";

/** Where pods reach the API server. Throws a `UsageError` when the settings do not fit together, or the file is not there. */
export async function apiServerForPods(config: Config): Promise<ApiServerForPods | undefined> {
  const { apiServerForPods: address, apiServerForPodsCaFile: file } = config;
  const place = address === undefined ? undefined : hostAndPort(address);
  if (place)
    return file === undefined
      ? place
      : { ...place, certificateAuthority: await certificatesIn("--api-server-for-pods-ca-file", file) };
  if (file === undefined) return undefined;
  throw new UsageError("--api-server-for-pods-ca-file says who is at --api-server-for-pods: give that too.");
}
