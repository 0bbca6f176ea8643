import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const bootstrap = fileURLToPath(new URL("../../", import.meta.url));

/** Says what it was asked, and does it as far as the bootstrap can see. */
const fakePnpm = `
const { appendFileSync, mkdirSync } = require("node:fs");
mkdirSync("node_modules", { recursive: true });
appendFileSync("pnpm-calls", process.argv.slice(2, 5).join(" ") + "\\n");
`;
/** What the real npm does, but for the network. */
const fakeNpm = `
const { cpSync, existsSync } = require("node:fs");
if (process.env.FAKE_OFFLINE) { console.error("npm error code ENOTFOUND"); process.exit(1); }
cpSync("../../from-npm", "node_modules", { recursive: true });
`;

/** Makes the bootstrap believe that it runs on this version. */
export function nodeVersion(version: string): string {
  return `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" }, configurable: true });\n`;
}

export interface BootstrapRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A checkout that holds nothing but the bootstrap and small targets, with an npm that answers without the network. */
export class CheckoutCopy implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(targets: Readonly<Record<string, string>>): Promise<CheckoutCopy> {
    const path = await mkdtemp(join(tmpdir(), "bootstrap-"));
    const copy = new CheckoutCopy(path);
    for (const part of ["bootstrap.mjs", "setup"])
      await cp(join(bootstrap, part), join(path, "tooling/bootstrap", part), { recursive: true });
    await copy.write("package.json", "{}");
    await copy.write("pnpm-lock.yaml", "");
    await copy.write("pnpm-workspace.yaml", "");
    await copy.write("tooling/toolchain/package-lock.json", "{}");
    await copy.write("npm/npm-cli.js", fakeNpm);
    await copy.write("from-npm/pnpm/bin/pnpm.cjs", fakePnpm);
    for (const [name, text] of Object.entries(targets)) await copy.write(`tooling/bootstrap/src/${name}.ts`, text);
    return copy;
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.path, file)), { recursive: true });
    await writeFile(join(this.path, file), text);
  }

  read(file: string): Promise<string> {
    return readFile(join(this.path, file), "utf8");
  }

  /** `preload` runs before the bootstrap: it can pretend to be another machine than this, with its Node.js new enough. */
  async run(
    args: readonly string[],
    options: { readonly preload?: string; readonly offline?: boolean } = {},
  ): Promise<BootstrapRun> {
    await this.write("preload.cjs", `${nodeVersion("26.0.0")}${options.preload ?? ""}`);
    const child = spawn(process.execPath, ["--require", "./preload.cjs", "tooling/bootstrap/bootstrap.mjs", ...args], {
      cwd: this.path,
      env: {
        PATH: process.env["PATH"],
        npm_execpath: join(this.path, "npm/npm-cli.js"),
        ...(options.offline ? { FAKE_OFFLINE: "1" } : {}),
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 15_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve) => child.once("close", (exitCode) => resolve({ exitCode, output })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
