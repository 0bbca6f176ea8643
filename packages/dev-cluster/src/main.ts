#!/usr/bin/env node
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import { newAuthority } from "./access/authority.ts";
import { type DevCluster, startDevCluster } from "./dev-cluster.ts";

const help = `A small Kubernetes API server for demos and tests. Its state is in memory.

  --port PORT         where to listen; 0 takes any free port (default 6443)
  --address ADDRESS   default 127.0.0.1
  --directory DIR     writes DIR/admin.kubeconfig and DIR/node.kubeconfig, and keeps the certificate authority
                      there, so that both stay valid when the cluster is started again (default .)
  --node-name NAME    the node that node.kubeconfig is for (default virtual-kubelet)
`;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readOptions(): {
  readonly port: number;
  readonly address: string;
  readonly directory: string;
  readonly nodeName: string;
} {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      options: { port: text, address: text, directory: text, "node-name": text, help: { type: "boolean" } },
    });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    const port = Number(values.port ?? 6443);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new RangeError(`--port is "${values.port}"; it must be a number from 0 to 65535`);
    return {
      port,
      address: values.address ?? "127.0.0.1",
      directory: values.directory ?? ".",
      nodeName: values["node-name"] ?? "virtual-kubelet",
    };
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${help}`);
  }
}

/** Replaces a file at once: a client may be reading the one of the last run. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The authority of the last run, or a new one. */
function keptAuthority(directory: string): KeyPairPem {
  const [certificateFile, keyFile] = [join(directory, "ca.crt"), join(directory, "ca.key")];
  try {
    return { certificate: readFileSync(certificateFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  } catch {
    const authority = newAuthority();
    mkdirSync(directory, { recursive: true });
    writeFileSync(certificateFile, authority.certificate);
    writeFileSync(keyFile, authority.key, { mode: 0o600 });
    return authority;
  }
}

function whyNot(error: NodeJS.ErrnoException, options: { readonly port: number; readonly address: string }): string {
  const where = `port ${options.port} of ${options.address}`;
  if (error.code === "EADDRINUSE")
    return `The cluster cannot start: ${where} is in use. End what uses it, or choose another with --port.`;
  if (error.code === "EACCES")
    return `The cluster cannot start: this user may not listen on ${where}. Choose a port above 1023 with --port.`;
  return `The cluster cannot start: ${error.message}`;
}

const line =
  (level: string) =>
  (fields: object, message: string): void => {
    const { error } = fields as { readonly error?: unknown };
    process.stderr.write(`${level}: ${message}${error instanceof Error ? `: ${error.stack}` : ""}\n`);
  };

const options = readOptions();
const { directory, nodeName } = options;
let cluster: DevCluster;
try {
  cluster = await startDevCluster({
    ...options,
    certificateAuthority: keptAuthority(directory),
    logger: { warn: line("warning"), error: line("error") },
  });
  const node = { user: `system:node:${nodeName}`, groups: ["system:nodes"] };
  writeWhole(join(directory, "admin.kubeconfig"), cluster.kubeconfig());
  writeWhole(join(directory, "node.kubeconfig"), cluster.kubeconfig(node));
} catch (error) {
  fail(whyNot(error as NodeJS.ErrnoException, options));
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cluster[Symbol.asyncDispose]().then(() => process.exit(0)));
}

process.stdout.write(`The cluster is ready at ${cluster.url}; kubeconfig: ${join(directory, "admin.kubeconfig")}\n`);
