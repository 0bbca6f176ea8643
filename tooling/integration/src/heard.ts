import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import type { LogMethod, Logger } from "@virtual-kubelet/provider";

/** Things that were said, and by whom. */
export class Heard {
  readonly #said: { readonly by: string; readonly text: string }[] = [];

  add(by: string, what: unknown): void {
    const all = { depth: null, maxStringLength: null, maxArrayLength: null, showHidden: true } as const;
    this.#said.push({ by, text: typeof what === "string" ? what : inspect(what, all) });
  }

  /** All files below a folder, whatever is in them. */
  addFolder(by: string, folder: string): void {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const path = join(folder, name);
      if (statSync(path, { throwIfNoEntry: false })?.isFile()) this.add(`${by}: ${name}`, readFileSync(path, "latin1"));
    }
  }

  /** A logger of which nothing is left out, as it is at the level `debug`. */
  logger(): Logger {
    const at = (level: string): LogMethod => {
      return (fields: object | string, message?: string) => this.add(`log, ${level}`, [message, fields]);
    };
    const logger: Logger = {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => (this.add("log, child", fields), logger),
    };
    return logger;
  }

  get count(): number {
    return this.#said.length;
  }

  /** Whether somebody has said something like this at all. */
  has(text: string): boolean {
    return this.#said.some((each) => each.text.includes(text));
  }

  /** Where a secret was said, in whatever form, and what stands around it. */
  betrayals(secrets: readonly string[]): readonly string[] {
    const forms = secrets.flatMap((secret) => [...formsOf(secret)]);
    return this.#said.flatMap(({ by, text }) => {
      const found = forms.find((form) => text.includes(form));
      if (found === undefined) return [];
      const at = text.indexOf(found);
      return [`${by}: ${text.slice(Math.max(0, at - 120), at + found.length + 40)}`];
    });
  }
}

/** As it is, as a string of a program, as a part of a URL or a form, in hexadecimal digits and in base64. */
function formsOf(secret: string): ReadonlySet<string> {
  const hex = Buffer.from(secret).toString("hex");
  const base64 = base64Forms(secret);
  return new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
  ]);
}

/** However many bytes stand before it. */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(" ".repeat(before) + secret).toString("base64");
    return encoded.slice(before === 0 ? 0 : 4, -4);
  });
}
