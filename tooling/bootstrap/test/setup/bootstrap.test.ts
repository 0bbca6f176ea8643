import { describe, expect, test } from "vitest";
import { CheckoutCopy, nodeVersion } from "./checkout-copy.ts";

const pretend = (what: string): string => `Object.defineProperty(process, ${what});`;
const platform = (name: string, arch: string): string =>
  pretend(`"platform", { value: "${name}" }`) + pretend(`"arch", { value: "${arch}" }`);

describe("the bootstrap", () => {
  test("installs once, and again only when a manifest has changed", async () => {
    await using copy = await CheckoutCopy.create({ hello: "console.log('hello', ...process.argv.slice(2));" });
    const first = await copy.run(["hello", "a", "b"]);
    expect(first).toEqual({
      exitCode: 0,
      output: expect.stringMatching(/^Fetching pnpm .*\nInstalling .*\nhello a b\n$/),
    });
    expect(await copy.run(["hello"])).toEqual({ exitCode: 0, output: "hello\n" });
    await copy.write("packages/new/package.json", "{}");
    expect((await copy.run(["hello"])).output).toMatch(/^Installing .*\nhello\n$/);
    expect(await copy.read("pnpm-calls")).toBe("install --frozen-lockfile --prefer-offline\n".repeat(2));
  });

  test("gives a target the source condition, and hands its exit code on", async () => {
    await using copy = await CheckoutCopy.create({
      code: "console.log(process.env.NODE_OPTIONS); process.exitCode = 3;",
      "clean-up": "",
    });
    const { exitCode, output } = await copy.run(["code"]);
    expect(exitCode).toBe(3);
    expect(output).toContain("--conditions=@virtual-kubelet/source");
  });

  test("leaves nothing of a target that ended, and cleans up after one that crashed", async () => {
    const crash = `
      import { spawn } from "node:child_process";
      spawn("sleep", ["1000"], { stdio: "inherit" });
      process.kill(process.pid, "SIGKILL");`;
    await using copy = await CheckoutCopy.create({ crash, "clean-up": "console.log('cleaned up', process.argv[2]);" });
    // Its output is at its end only when the sleeper, who has it too, is gone.
    expect(await copy.run(["crash"])).toEqual({ exitCode: 137, output: expect.stringMatching(/cleaned up crash\n$/) });
  });

  test.each([
    ["an old Node.js", { preload: nodeVersion("16.20.0") }, /^This needs Node\.js 18 or newer .*\n$/],
    ["Windows", { preload: platform("win32", "x64") }, /^Windows is not supported: run this inside WSL\.\n$/],
    [
      "a platform without Node.js in npm",
      { preload: platform("linux", "riscv64") + nodeVersion("20.0.0") },
      /^npm has no Node\.js for linux-riscv64: .*\n$/,
    ],
    [
      "no network",
      { offline: true },
      /^Fetching pnpm.*\nCannot fetch pnpm from the npm registry: the network is out of reach.*\n$/,
    ],
  ])("on %s says one sentence and fails", async (_what, options, message) => {
    await using copy = await CheckoutCopy.create({ hello: "console.log('hello');" });
    const { exitCode, output } = await copy.run(["hello"], options);
    expect(output).toMatch(message);
    expect(exitCode).toBe(1);
  });

  test("refuses what it does not know before it installs anything", async () => {
    await using copy = await CheckoutCopy.create({});
    expect(await copy.run(["../../x"])).toEqual({ exitCode: 1, output: 'There is nothing named "../../x" to run.\n' });
  });
});
