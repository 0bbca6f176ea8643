import { isatty } from "node:tty";
import { destination, pino, stdSerializers, stdTimeFunctions, type Logger as PinoLogger } from "pino";
import { readableLine, type LogRecord } from "./log-lines.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface AgentLoggerOptions {
  readonly level: LogLevel;
  /** `pretty` when absent and stderr is a terminal, else `json`. */
  readonly format?: "pretty" | "json";
}

/** A logger to stderr: one JSON object per line for machines, or one readable line for people. */
export function agentLogger(options: AgentLoggerOptions): PinoLogger {
  const format = options.format ?? (isatty(2) ? "pretty" : "json");
  const { errWithCause } = stdSerializers;
  const settings = {
    level: options.level,
    base: null,
    formatters: { level: (level: string) => ({ level }) },
    timestamp: stdTimeFunctions.isoTime,
    // The messages of ours hold what matters of their cause; pino's other serializer would append it once more.
    serializers: { err: errWithCause, error: errWithCause, cause: errWithCause },
  };
  if (format === "json") return pino(settings, destination({ dest: 2, sync: true }));
  const colours = isatty(2) && !process.env["NO_COLOR"];
  const stacks = options.level === "debug";
  return pino(settings, {
    write: (line: string) => {
      process.stderr.write(readableLine(JSON.parse(line) as LogRecord, { colours, stacks }));
    },
  });
}
