#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { agentLogger } from "./agent-logger.ts";
import {
  parseCommandLine,
  type ConformanceInvocation,
  type Invocation,
  type ProvidersInvocation,
  type RunInvocation,
  type TranslateInvocation,
} from "./command-line.ts";
import { resolveSettings, type Settings } from "./config/settings.ts";
import { checkConformance } from "./conformance/check-conformance.ts";
import { describeProvider } from "./providers/describe-provider.ts";
import { providersText } from "./providers/list-providers.ts";
import { installedProviders, ownDirectory } from "./provider-package.ts";
import { runAgent } from "./run-agent.ts";
import { shutdownOnSignals } from "./shutdown.ts";
import { translatePods } from "./translate/translate-pods.ts";
import { UsageError } from "./usage-error.ts";

/** How long a stop may take until the process ends regardless. */
const stopLimitMs = 10_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    return await perform(parseCommandLine(args));
  } catch (error) {
    const usage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `${message
        .split("\n")
        .map((line) => `virtual-kubelet: ${line}`)
        .join("\n")}\n`,
    );
    if (!usage && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
    return usage ? 2 : 1;
  }
}

async function perform(invocation: Invocation): Promise<number> {
  if (invocation.command === "run") return run(invocation);
  if (invocation.command === "conformance") return conformance(invocation);
  if (invocation.command === "translate") return translate(invocation);
  process.stdout.write(await textOf(invocation));
  return 0;
}

/** What prints a text, and has nothing more to do. */
type Telling = Exclude<Invocation, RunInvocation | ConformanceInvocation | TranslateInvocation>;

async function textOf(invocation: Telling): Promise<string> {
  if (invocation.command === "help") return invocation.text;
  if (invocation.command === "providers") return providers(invocation);
  return `virtual-kubelet ${version()} (Node.js ${process.versions.node})\n`;
}

async function providers({ name, ...invocation }: ProvidersInvocation): Promise<string> {
  if (name === undefined) return providersText(installedProviders([process.cwd(), ownDirectory()]));
  return describeProvider(name, await settingsOf(invocation));
}

async function settingsOf({ flags, file }: Pick<RunInvocation, "flags" | "file">): Promise<Settings> {
  const sources = { flags, environment: process.env, workingDirectory: process.cwd() };
  return resolveSettings({ ...sources, ...(file === undefined ? {} : { file }) });
}

async function conformance(invocation: ConformanceInvocation): Promise<number> {
  const settings = await settingsOf(invocation);
  using shutdown = shutdownOnSignals({ limitMs: stopLimitMs, say: (message) => process.stderr.write(`${message}\n`) });
  const print = (text: string) => void process.stdout.write(text);
  return checkConformance(settings, { ...invocation, signal: shutdown.signal, print });
}

async function translate(invocation: TranslateInvocation): Promise<number> {
  const { documents, remarks, isRefused } = await translatePods(await settingsOf(invocation), invocation.pods);
  process.stdout.write(documents);
  process.stderr.write(remarks);
  return isRefused ? 1 : 0;
}

async function run(invocation: RunInvocation): Promise<number> {
  const settings = await settingsOf(invocation);
  const { logLevel: level = "info", logFormat: format } = settings.config;
  const logger = agentLogger({ level, ...(format ? { format } : {}) });
  const crash = (error: unknown): never => {
    logger.fatal({ error }, "the agent has a defect and ends; its pods run on");
    process.exit(1);
  };
  process.on("uncaughtException", crash).on("unhandledRejection", crash);
  using shutdown = shutdownOnSignals({ limitMs: stopLimitMs, say: (message) => logger.warn(message) });
  try {
    await runAgent(settings, { logger, signal: shutdown.signal });
    return 0;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    logger.debug({ error }, "the agent failed");
    logger.error(`The agent failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
