import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import type { TaskCommand } from "./task-command.ts";

type DriverConfig = Readonly<Record<string, unknown>>;

/**
 * For `exec` and `raw_exec`: a program of the client.
 *
 * @see https://developer.hashicorp.com/nomad/docs/drivers/exec
 */
export function programConfig(container: Container, { command, args }: TaskCommand): DriverConfig {
  const [program, ...rest] = command;
  if (!program) {
    throw new ProviderError(
      "InvalidInput",
      `Container "${container.name}" has no command, and Nomad's exec drivers run programs of the client, not images: set \`command\`, with kubectl run by --command.`,
    );
  }
  const all = [...rest, ...args];
  return { command: program, ...(all.length > 0 ? { args: all } : {}) };
}

/** What `exec` and `java` confine their tasks by. */
export function confinementConfig({ spec }: Pod, { securityContext }: Container): DriverConfig {
  const { add = [], drop = [] } = securityContext?.capabilities ?? {};
  return {
    ...(add.length > 0 ? { cap_add: add } : {}),
    ...(drop.length > 0 ? { cap_drop: drop } : {}),
    ...(spec.hostPID ? { pid_mode: "host" } : {}),
    ...(spec.hostIPC ? { ipc_mode: "host" } : {}),
  };
}

/**
 * For `java`: a command as one would give it to a shell, `java -Xmx64m -jar /app.jar --port 80`, or with `-cp` and a class.
 *
 * @see https://developer.hashicorp.com/nomad/docs/drivers/java
 */
export function javaConfig(container: Container, { command, args }: TaskCommand): DriverConfig {
  const [program, ...words] = [...command, ...args];
  const jar = words.indexOf("-jar");
  const path = words.findIndex((word) => ["-cp", "-classpath", "--class-path"].includes(word));
  const isJava = program === "java" || program?.endsWith("/java");
  const [at, kind] = jar >= 0 && (path < 0 || jar < path) ? [jar, "jar"] : [path, "class"];
  const named = words.slice(at + 1);
  if (!isJava || at < 0 || named.length < (kind === "jar" ? 1 : 2)) {
    throw new ProviderError(
      "InvalidInput",
      `Container "${container.name}" is not run by java: its command has to be \`java [options] -jar <file> [arguments]\` or \`java [options] -cp <path> <class> [arguments]\`.`,
    );
  }
  const options = words.slice(0, at);
  const main = kind === "jar" ? { jar_path: named[0] } : { class_path: named[0], class: named[1] };
  const rest = named.slice(kind === "jar" ? 1 : 2);
  return {
    ...main,
    ...(options.length > 0 ? { jvm_options: options } : {}),
    ...(rest.length > 0 ? { args: rest } : {}),
  };
}

/**
 * For `mock_driver`, which is there in Nomad's own test builds and runs nothing: its settings are the arguments, `run_for=10s`,
 * `exit_code=3`.
 */
export function mockConfig(container: Container, { args }: TaskCommand): DriverConfig {
  return Object.fromEntries(
    args.map((setting) => {
      const [, name = "", value = ""] = /^([a-z_]+)=(.*)$/s.exec(setting) ?? [];
      if (name) return [name, mockValue(value)];
      throw new ProviderError(
        "InvalidInput",
        `Container "${container.name}": the mock driver takes settings as arguments, \`run_for=10s\`, and "${setting}" is none.`,
      );
    }),
  );
}

function mockValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
