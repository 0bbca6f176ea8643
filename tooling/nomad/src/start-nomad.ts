import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildCall, Component, PortBlock } from "@virtual-kubelet/control-plane";
import { type AgentPlace, agentConfig, markVariable } from "./agent-config.ts";
import { busyboxRoot, findBusybox } from "./busybox-root.ts";
import { NomadClient } from "./nomad-client.ts";
import { Nomad } from "./nomad.ts";
import { nomadProgram } from "./program.ts";
import { hasLeader, takesTasks, untilTakesTasks } from "./readiness.ts";

export interface NomadOptions extends BuildCall, Pick<AgentPlace, "capacity"> {
  /** Whether it asks everybody for a token; the server then has one that may do everything. */
  readonly acl?: boolean;
}

const readyLimitMs = 60_000;

/** Below what systems give to connections, and below the blocks of ports for servers: shares of this many for the tasks of each. */
const [lowestTaskPort, taskPortCount, shares] = [10_000, 500, 20];

/**
 * Starts Nomad on loopback, and resolves when it takes tasks: for the drivers `raw_exec` and `mock_driver`, and for `exec` where
 * this process is root and there is a static busybox. It is built first where it never was. Rejects with a sentence where it
 * cannot be built, and with the end of its log when it does not start.
 */
export async function startNomad({ acl = false, capacity, say, signal }: NomadOptions = {}): Promise<Nomad> {
  const program = await nomadProgram({ ...(say ? { say } : {}), ...(signal ? { signal } : {}) });
  const folder = await mkdtemp(join(tmpdir(), "vk-nomad-"));
  const block = await PortBlock.reserve(3);
  const [http = 0, rpc = 0, serf = 0] = block.ports;
  const busybox = await rootProgram();
  const root = busybox === undefined ? {} : busyboxRoot(join(folder, "root"), busybox);
  const ports = { http, rpc, serf };
  const config = agentConfig({
    folder,
    ports,
    taskPorts: taskPorts(http),
    root,
    acl,
    ...(capacity ? { capacity } : {}),
  });
  await mkdir(join(folder, "data"));
  await writeFile(join(folder, "agent.json"), JSON.stringify(config, undefined, 2));
  const drivers = ["raw_exec", "mock_driver", ...(busybox === undefined ? [] : ["exec"])];
  const client = new NomadClient(`http://127.0.0.1:${http}`);
  const agent = new Component({
    name: "nomad",
    program,
    args: ["agent", `-config=${join(folder, "agent.json")}`],
    // Tasks have what it has.
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", [markVariable]: folder },
    logFile: join(folder, "log"),
    isReady: (limit) =>
      acl && client.token === undefined ? hasLeader(client, limit) : takesTasks(client, { drivers, signal: limit }),
  });
  const nomad = new Nomad({ agent, client, block, folder, drivers });
  try {
    await agent.start(signal ? { signal } : {});
    if (acl) await bootstrap(client, { drivers, signal });
    return nomad;
  } catch (error) {
    await nomad[Symbol.asyncDispose]();
    throw error;
  }
}

interface BootstrapCall {
  readonly drivers: readonly string[];
  readonly signal: AbortSignal | undefined;
}

async function bootstrap(client: NomadClient, { drivers, signal }: BootstrapCall): Promise<void> {
  const { SecretID } = await client.get<{ readonly SecretID: string }>({ method: "POST", path: "/v1/acl/bootstrap" });
  client.token = SecretID;
  const limit = AbortSignal.timeout(readyLimitMs);
  await untilTakesTasks(client, { drivers, signal: signal ? AbortSignal.any([signal, limit]) : limit });
}

/** Why tasks of the driver `exec` cannot be run here, in a sentence; nothing when they can. */
export async function execMissing(): Promise<string | undefined> {
  if (!canMakeRoots()) return "Nomad's driver exec makes root directories, which only root can, on Linux";
  return (await findBusybox())
    ? undefined
    : "there is no busybox without libraries, which tasks of Nomad's driver exec get";
}

async function rootProgram(): Promise<string | undefined> {
  return canMakeRoots() ? findBusybox() : undefined;
}

/** Also in a user namespace somebody is root, and may not do what that driver does. */
function canMakeRoots(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/).join(" ") === "0 0 4294967295";
}

/** For servers beside each other other ones, mostly. */
function taskPorts(port: number): readonly [first: number, last: number] {
  const first = lowestTaskPort + taskPortCount * (Math.floor(port / 8) % shares);
  return [first, first + taskPortCount - 1];
}
