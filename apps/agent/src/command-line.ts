import { Command, CommanderError } from "commander";
import { settingsTable } from "./config/settings-table.ts";
import { UsageError } from "./usage-error.ts";

/** What the user asked for. */
export type Invocation =
  | RunInvocation
  | ConformanceInvocation
  | ProvidersInvocation
  | TranslateInvocation
  | { readonly command: "version" }
  /** Help: `text` is to be printed, and that is all. */
  | { readonly command: "help"; readonly text: string };

export interface RunInvocation {
  readonly command: "run";
  /** Texts by the setting's key. */
  readonly flags: Readonly<Partial<Record<string, string>>>;
  readonly file?: string;
}

export interface ProvidersInvocation extends Omit<RunInvocation, "command"> {
  readonly command: "providers";
  readonly name?: string;
}

export interface ConformanceInvocation extends Omit<RunInvocation, "command"> {
  readonly command: "conformance";
  readonly image: string;
  /** An area or a check. */
  readonly only?: string;
  /** Checks not to be made: why not. */
  readonly skips: Readonly<Record<string, string>>;
}

const conformanceExamples = `
It makes pods on the provider's backend, in the name of a cluster and of nodes that are made up, and removes them again.

Examples:
  virtual-kubelet conformance --provider process
  virtual-kubelet conformance --config agent.yaml --image busybox:1.36 --only logs
  virtual-kubelet conformance --provider ./my-provider.js --only deletion.grace
  virtual-kubelet conformance --provider acme --skip "logs.since=Acme keeps output without times"

Exit codes: 0 nothing failed, 1 something did, 2 wrong usage or configuration.
`;

export interface TranslateInvocation extends Omit<RunInvocation, "command"> {
  readonly command: "translate";
  /** The file with the pods; `-` is standard input. */
  readonly pods: string;
}

const runExamples = `
Each flag is also an environment variable, VIRTUAL_KUBELET_NODE_NAME for --node-name, and a key of the config file, nodeName.
Flags win over the environment, and the environment over the file.

Examples:
  Pods as processes of this host:
    virtual-kubelet run --provider process --node-name edge-1

  Everything in one file (agent.yaml: provider, providerOptions, nodeName, labels, …):
    virtual-kubelet run --config agent.yaml

  A provider of your own, straight from its file, with all that happens:
    virtual-kubelet run --provider ./my-provider.js --log-level debug
`;

const overview = `
Examples:
  virtual-kubelet run --provider process --node-name edge-1
  virtual-kubelet providers
  virtual-kubelet help run

Exit codes: 0 stopped as asked, 1 failure, 2 wrong usage or configuration.
`;

/** Reads the arguments after the program's name. Throws a `UsageError` with a hint where a word is misspelled. */
export function parseCommandLine(args: readonly string[]): Invocation {
  let invocation: Invocation | undefined;
  let printed = "";
  const program = commands(
    (found) => (invocation = found),
    (text) => (printed += text),
  );
  try {
    const [first = "help"] = args;
    program.parse(first === "--version" ? ["version"] : [first, ...args.slice(1)], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: "help", text: printed };
    throw new UsageError(sentence(error.message), { cause: error });
  }
  return invocation ?? { command: "help", text: program.helpInformation() };
}

function commands(found: (invocation: Invocation) => void, print: (text: string) => void): Command {
  const program = new Command("virtual-kubelet")
    .description("A Kubernetes node whose pods run somewhere else.")
    .configureOutput({ writeOut: print, writeErr: () => {}, getOutHelpWidth: () => 110 })
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .addHelpText("after", overview);
  const run = program.command("run").description("Load a provider and run it as a node until stopped.");
  for (const { flag, description, repeatable } of settingsTable) {
    const collect = (text: string, before?: string): string => (before === undefined ? text : `${before},${text}`);
    run.option(flag, description, repeatable ? collect : (text: string) => text);
  }
  run
    .option("--config <file>", "settings in a file: YAML, TOML or JSON, by its extension")
    .addHelpText("after", runExamples)
    .action((flags: Record<string, string | true>) => {
      // A flag that may stand alone is `true` when it does.
      const texts = Object.fromEntries(Object.entries(flags).map(([key, value]) => [key, String(value)]));
      const { config, ...settings } = texts;
      const file = config ?? process.env["VIRTUAL_KUBELET_CONFIG"];
      found({ command: "run", flags: settings, ...(file ? { file } : {}) });
    });
  addConformance(program, found);
  addProviders(program, found);
  addTranslate(program, found);
  program
    .command("version")
    .description("Print the version.")
    .action(() => found({ command: "version" }));
  return program;
}

function addProviders(program: Command, found: (invocation: Invocation) => void): void {
  program
    .command("providers [name]")
    .description("List the providers that are installed here, or the options of one and what it makes of a pod.")
    .option("--provider-config <file>", "the options by which it is told what the provider makes of a pod")
    .option("--config <file>", "settings in a file, as for run")
    .action((name: string | undefined, { config: file, ...flags }: Record<string, string>) =>
      found({ command: "providers", flags, ...(file ? { file } : {}), ...(name === undefined ? {} : { name }) }),
    );
}

function addConformance(program: Command, found: (invocation: Invocation) => void): void {
  const command = program.command("conformance").description("Check a provider against the contract, on its backend.");
  for (const { key, flag, description } of settingsTable) {
    if (key === "provider" || key === "providerConfig") command.option(flag, description);
  }
  command
    .option("--config <file>", "settings in a file, as for run")
    .option("--image <image>", "what containers run: it needs sh, sleep, and busybox or perl", "busybox")
    .option("--only <area or check>", "one area, such as logs, or one check, such as logs.tail")
    .option("--skip <check=reason>", "a check not to be made, and why; may be repeated", withSkip, {})
    .addHelpText("after", conformanceExamples)
    .action(({ image, only, config, skip, ...flags }: ConformanceFlags) => {
      const file = config ?? process.env["VIRTUAL_KUBELET_CONFIG"];
      found({
        command: "conformance",
        flags,
        image,
        skips: skip,
        ...(file ? { file } : {}),
        ...(only === undefined ? {} : { only }),
      });
    });
}

interface ConformanceFlags {
  readonly provider?: string;
  readonly providerConfig?: string;
  readonly config?: string;
  readonly image: string;
  readonly only?: string;
  readonly skip: Readonly<Record<string, string>>;
}

function withSkip(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, check, reason] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (check === undefined || reason === undefined) {
    throw new UsageError(`--skip: "${text}" is no check with a reason: write logs.since="there are no times".`);
  }
  return { ...before, [check]: reason };
}

function addTranslate(program: Command, found: (invocation: Invocation) => void): void {
  const translate = program
    .command("translate <pods>")
    .description("Print what the pods of a file, or of - for standard input, would become, without touching anything.");
  const settings = settingsTable.filter(({ key }) => key === "provider" || key === "providerConfig");
  for (const { flag, description } of settings) translate.option(flag, description);
  translate
    .option("--config <file>", "settings in a file: YAML, TOML or JSON, by its extension")
    .addHelpText("after", "\nExit codes: 0 all would be run, 1 one would be refused, 2 wrong usage or configuration.\n")
    .action((pods: string, { config, ...flags }: Record<string, string>) => {
      const file = config ?? process.env["VIRTUAL_KUBELET_CONFIG"];
      found({ command: "translate", pods, flags, ...(file ? { file } : {}) });
    });
}

/** `unknown option '--nod-name', did you mean --node-name?` */
function sentence(message: string): string {
  const [first = message, hint] = message.replace(/^error: /, "").split("\n");
  const better = hint?.replace(/^\(Did you mean (.*)\?\)$/, ", did you mean $1?");
  return `${first}${better ?? "."} See virtual-kubelet help.`;
}
