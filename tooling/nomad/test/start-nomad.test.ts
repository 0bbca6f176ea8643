import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { mountsIn, processesOf } from "../src/leftovers.ts";
import { type Nomad, nomadIsBuilt, startNomad } from "../src/index.ts";

const missing = (await nomadIsBuilt())
  ? undefined
  : "Nomad was not built here: node tooling/nomad/src/main.ts does that";
beforeEach(({ skip }) => skip(missing !== undefined, missing));

const timeout = 60_000;

interface Allocation {
  readonly ID: string;
  readonly JobID: string;
  readonly ClientStatus: string;
}

const job = (ID: string, driver: string, config: object) => ({
  Job: {
    ID,
    Type: "batch",
    Datacenters: ["dc1"],
    TaskGroups: [
      {
        Name: "pod",
        Tasks: [{ Name: "main", Driver: driver, Config: config, Resources: { CPU: 20, MemoryMB: 32 } }],
      },
    ],
  },
});

async function allocationOf(nomad: Nomad, id: string, status = "running"): Promise<Allocation> {
  return vi.waitFor(
    async () => {
      const found = await nomad.client.get<readonly Allocation[]>({ path: `/v1/job/${id}/allocations` });
      const allocation = found.find(({ ClientStatus }) => ClientStatus === status);
      if (!allocation) throw new Error(`No ${status} allocation among ${JSON.stringify(found)}`);
      return allocation;
    },
    { timeout: 20_000, interval: 50 },
  );
}

const sleeping = { command: "/bin/sh", args: ["-c", "env > env; exec sleep 1000000"] };

test("jobs run on while the server is killed, and are its again when it is back", { timeout }, async () => {
  await using nomad = await startNomad();
  await nomad.client.get({ method: "PUT", path: "/v1/jobs", body: job("steady", "raw_exec", sleeping) });
  const before = await allocationOf(nomad, "steady");
  await nomad.agent.kill();
  expect(processesOf(nomad.folder).length).toBeGreaterThan(0);
  await nomad.agent.start();
  expect((await allocationOf(nomad, "steady")).ID).toBe(before.ID);
});

test("a task has nothing of this process's environment, nor the server's mark", { timeout }, async () => {
  vi.stubEnv("SECRET_OF_THE_TEST", "secret");
  onTestFinished(() => void vi.unstubAllEnvs());
  await using nomad = await startNomad();
  await nomad.client.get({ method: "PUT", path: "/v1/jobs", body: job("told", "raw_exec", sleeping) });
  const { ID } = await allocationOf(nomad, "told");
  const text = await vi.waitFor(() => {
    const read = readFileSync(join(nomad.folder, "data", "alloc", ID, "main", "env"), "utf8");
    expect(read).toContain("NOMAD_TASK_NAME=main");
    return read;
  });
  expect(text).not.toMatch(/SECRET_OF_THE_TEST|VIRTUAL_KUBELET_NOMAD/);
});

test("nothing is left of a server that was killed with its tasks", { timeout }, async () => {
  const nomad = await startNomad();
  const drivers = nomad.drivers.filter((name) => name !== "mock_driver");
  for (const driver of drivers)
    await nomad.client.get({ method: "PUT", path: "/v1/jobs", body: job(driver, driver, sleeping) });
  for (const driver of drivers) await allocationOf(nomad, driver);
  await nomad.agent.kill();
  expect(processesOf(nomad.folder).length).toBeGreaterThanOrEqual(2 * drivers.length);
  await nomad[Symbol.asyncDispose]();
  expect(processesOf(nomad.folder)).toEqual([]);
  expect(mountsIn(nomad.folder)).toEqual([]);
  expect(existsSync(nomad.folder)).toBe(false);
});

test("a token may do what its policy says, and nothing else", { timeout }, async () => {
  await using nomad = await startNomad({ acl: true });
  const token = await nomad.createToken({ name: "reader", policy: 'namespace "default" { policy = "read" }' });
  expect((await nomad.client.ask({ path: "/v1/jobs", token })).status).toBe(200);
  const body = job("refused", "mock_driver", {});
  const refused = await nomad.client.ask({ method: "PUT", path: "/v1/jobs", body, token });
  expect(refused).toMatchObject({ status: 403, text: "Permission denied" });
  expect((await nomad.client.ask({ path: "/v1/jobs", token: "" })).status).toBe(403);
});
