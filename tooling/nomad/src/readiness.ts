import { setTimeout as delay } from "node:timers/promises";
import type { NomadClient } from "./nomad-client.ts";

interface NodeStub {
  readonly Status: string;
  readonly Drivers: Readonly<Record<string, { readonly Detected: boolean; readonly Healthy: boolean }>> | null;
}

/** Whether there is somebody who decides: nothing else is told without a token. */
export async function hasLeader(client: NomadClient, signal: AbortSignal): Promise<boolean> {
  return (await client.get<string>({ path: "/v1/status/leader", signal })) !== "";
}

/** Whether its node takes tasks for all of these drivers. */
export async function takesTasks(
  client: NomadClient,
  { drivers, signal }: { readonly drivers: readonly string[]; readonly signal: AbortSignal },
): Promise<boolean> {
  if (!(await hasLeader(client, signal))) return false;
  // After a restart the server still says of the node what it knew of it.
  await client.get({ path: "/v1/client/stats", signal });
  const [node] = await client.get<readonly NodeStub[]>({ path: "/v1/nodes", signal });
  if (node?.Status !== "ready") return false;
  return drivers.every((name) => node.Drivers?.[name]?.Detected && node.Drivers[name].Healthy);
}

export async function untilTakesTasks(
  client: NomadClient,
  call: { readonly drivers: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  while (!(await takesTasks(client, call).catch(() => false))) await delay(50, undefined, { signal: call.signal });
}
