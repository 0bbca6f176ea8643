import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Scaffold, UsageError, scaffold } from "../src/index.ts";
import { linkPackages, repository } from "./linked-packages.ts";

let folder = "";
let made: Scaffold;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "create-provider-"));
  made = await scaffold({ name: "acme-cloud", directory: join(folder, "acme") });
  linkPackages(made.directory);
});
afterAll(() => rm(folder, { recursive: true }));

/** What a program of the workspace says when it runs in a folder; its failure says it, too. */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  // A test runner within a test runner is not to think that it is a worker of that.
  const { VITEST: _v, VITEST_POOL_ID: _p, VITEST_WORKER_ID: _w, VITEST_MODE: _m, ...env } = process.env;
  try {
    const options = { cwd, env: { ...env, NO_COLOR: "1" }, timeout: 150_000 };
    return (await promisify(execFile)(join(repository, "node_modules/.bin", program), args, options)).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** What the agent prints, when it ends well. */
async function runAgent(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const isBuilt = process.env["VIRTUAL_KUBELET_TEST_PROGRAMS"] === "dist";
  const agent = join(repository, "apps/agent", isBuilt ? "dist/main.js" : "src/main.ts");
  const options = { cwd: folder, env: { ...process.env, ...environment }, timeout: 50_000 };
  return (await promisify(execFile)(process.execPath, [agent, ...args], options)).stdout;
}

describe("a new provider", () => {
  test("has the files of every provider, and no placeholder in them", async () => {
    expect(made.packageName).toBe("virtual-kubelet-provider-acme-cloud");
    expect(made.files).toEqual(
      expect.arrayContaining([
        "package.json",
        "src/index.ts",
        "src/provider.ts",
        "src/options.ts",
        "src/client.ts",
        "src/instance-from-pod.ts",
        "src/pod-from-instance.ts",
        "test/conformance.test.ts",
        "test/fake-acme-cloud.ts",
      ]),
    );
    const texts = await Promise.all(made.files.map((path) => readFile(join(made.directory, path), "utf8")));
    expect(texts.filter((text) => /\{\{|@slug@/.test(text))).toEqual([]);
  });

  test("keeps the key of the cluster that it is tried on out of Git", async () => {
    expect((await readFile(join(made.directory, ".gitignore"), "utf8")).split("\n")).toContain(".cluster");
  });

  test("type-checks", { timeout: 120_000 }, async () => {
    const args = ["-p", made.directory, "--customConditions", "@virtual-kubelet/source"];
    expect(await run("tsc", args, made.directory)).toBe("");
  });

  test("passes its own tests, the contract's among them", { timeout: 180_000 }, async () => {
    const conditions = ["@virtual-kubelet/source", "module", "node", "import", "default"];
    // As its own configuration, on the sources of the packages that it depends on.
    const config = `import { mergeConfig } from "vitest/config";
      import own from "./vitest.config.ts";
      export default mergeConfig(own, { ssr: { resolve: { conditions: ${JSON.stringify(conditions)} } } });`;
    await writeFile(join(made.directory, "workspace.config.ts"), config);
    const args = ["run", "--config", "workspace.config.ts", "--reporter", "json", "--outputFile", "result.json"];
    await run("vitest", [...args, "--reporter", "default"], made.directory);
    const result = JSON.parse(await readFile(join(made.directory, "result.json"), "utf8")) as {
      readonly numFailedTests: number;
      readonly numPassedTests: number;
    };
    expect(result.numFailedTests).toBe(0);
    expect(result.numPassedTests).toBeGreaterThan(60);
  });

  test("is found and told of by the agent", { timeout: 60_000 }, async () => {
    const told = await runAgent(["providers", "./acme/src/index.ts"]);
    expect(told).toMatch(/^acme-cloud {2}file:/);
    expect(told).toContain("| `spec.hostNetwork` | refused |");
  });

  test("runs pods under the agent", { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, ["test/serve-fake.ts"], {
      cwd: made.directory,
      env: { ...process.env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [said] = (await once(child.stdout, "data")) as [Buffer];
      const address = /http:\S+/.exec(said.toString())?.[0];
      const args = ["conformance", "--provider", "./acme/src/index.ts", "--only", "pods"];
      const told = await runAgent(args, { ACME_CLOUD_ADDR: address });
      expect(told).toMatch(/\n\d+ checks: 1\d passed, 0 failed, \d+ skipped\.\n$/);
    } finally {
      child.kill();
    }
  });
});

test("in the workspace a new provider depends on the workspace's own packages", async () => {
  const { directory } = await scaffold({ name: "zed", directory: join(folder, "zed"), isInWorkspace: true });
  const manifest = JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as Record<string, unknown>;
  expect(manifest).toMatchObject({
    name: "@virtual-kubelet/provider-zed",
    dependencies: { "@virtual-kubelet/provider": "workspace:^", undici: "catalog:" },
    devDependencies: { "@virtual-kubelet/provider-testkit": "workspace:^" },
  });
});

test.each(["", "Acme", "acme--cloud", "-acme", "../acme", "delete", "provider", "a".repeat(41)])(
  "%j is no name of a provider",
  async (name) => {
    await expect(scaffold({ name, directory: join(folder, "refused") })).rejects.toBeInstanceOf(UsageError);
  },
);

test("what is there already is left alone", async () => {
  const directory = join(folder, "full");
  await mkdir(directory);
  await writeFile(join(directory, "notes.txt"), "mine");
  await expect(scaffold({ name: "acme", directory })).rejects.toThrow(/is not empty/);
});
