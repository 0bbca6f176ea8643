import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { parse as parseToml, TomlError } from "smol-toml";
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import { UsageError } from "../usage-error.ts";

/** A file of settings, read but not yet checked. */
export interface ConfigFile {
  /** As it was given. */
  readonly path: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** `agent.yaml:3` for the key or the item at this path, or just the file where the line is not known. */
  where(path: readonly PropertyKey[]): string;
}

/** Reads YAML, TOML or JSON, told apart by the file's extension. Throws a `UsageError` that names the file and the line. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${readingProblem(error)}.`, { cause: error });
  }
  return parseConfigFile(path, text.replace(/^\uFEFF/, ""));
}

/** As `readConfigFile`, of a text that is there already. */
export function parseConfigFile(path: string, text: string): ConfigFile {
  switch (extname(path).toLowerCase()) {
    case ".yaml":
    case ".yml":
      return fileOfYaml(path, text);
    case ".json":
      return fileOfJson(path, text);
    case ".toml":
      return fileOfToml(path, text);
    default:
      throw new UsageError(`Cannot tell the format of ${path}: name it .yaml, .toml or .json.`);
  }
}

function fileOfYaml(path: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error)
    throw new UsageError(`${path}:${lines.linePos(error.pos[0]).line}: not valid YAML: ${oneLine(error.message)}`);
  return {
    path,
    value: mapping(path, contentOf(path, document)),
    where: (at) => located(path, offsetOf(document, at), lines),
  };
}

/** An alias is followed only here: one without its anchor, or too many of them, is found out late. */
function contentOf(path: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new UsageError(`${path}: not valid YAML: ${oneLine((error as Error).message)}`, { cause: error });
  }
}

function fileOfJson(path: string, text: string): ConfigFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: not valid JSON: ${oneLine((error as Error).message)}`, { cause: error });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines }); // JSON is YAML: this tells the lines.
  return { path, value: mapping(path, value), where: (at) => located(path, offsetOf(document, at), lines) };
}

function fileOfToml(path: string, text: string): ConfigFile {
  try {
    return { path, value: mapping(path, parseToml(text)), where: () => path };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [problem = ""] = error.message.split("\n");
    throw new UsageError(
      `${path}:${error.line}: not valid TOML: ${oneLine(problem.replace(/^Invalid TOML document: /, ""))}`,
    );
  }
}

function mapping(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(
    `${path}: the file must hold keys with values, not ${Array.isArray(value) ? "a list" : `a ${typeof value}`}.`,
  );
}

/** Where in the text the key at this path begins, or the nearest thing around it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!pair) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function located(path: string, offset: number | undefined, lines: LineCounter): string {
  return offset === undefined ? path : `${path}:${lines.linePos(offset).line}`;
}

/** Why a file cannot be read, to end a sentence with. */
export function readingProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return code === "EACCES" ? "permission denied" : (code ?? message);
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, " ").trim();
}
