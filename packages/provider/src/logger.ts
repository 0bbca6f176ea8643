/** Where to log: data first, then a constant message, as in pino. */
export interface LogMethod {
  (fields: object, message: string): void;
  (message: string): void;
}

/** The part of pino's logger that this project uses; any logger of that shape will do. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  child(fields: Record<string, unknown>): Logger;
}

const nothing: LogMethod = () => {};

/** A logger that keeps silent. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
