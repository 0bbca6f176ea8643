import { parseSync } from "oxc-parser";
import { lineAt } from "../workspace.ts";

/** Something in a module, and where. */
export interface Found {
  /** A module specifier, a string's value, or the name of a construct. */
  readonly text: string;
  readonly line: number;
}

/** What the checks want to know of a module. */
export interface ModuleSyntax {
  /** Specifiers of static, dynamic and type imports, of re-exports and of `import.meta.resolve`. */
  readonly imports: readonly Found[];
  readonly strings: readonly Found[];
  /** Constructs that the house does without: default exports, enums, namespaces, additions to the global scope. */
  readonly unwanted: readonly Found[];
  /** Top-level statements that are no re-exports by name: their kind, and for `export *` also the specifier. */
  readonly notReexports: readonly Found[];
}

type SyntaxNode = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

/** Reads a TypeScript or JavaScript module's syntax tree. */
export function moduleSyntax(path: string, text: string): ModuleSyntax {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} cannot be read as a module: ${errors[0].message}`);
  const nodes = [...nodesOf(program)];
  const found = (where: readonly SyntaxNode[], read: (node: SyntaxNode) => string | undefined): Found[] =>
    where.flatMap((node) => {
      const value = read(node);
      return value === undefined ? [] : [{ text: value, line: lineAt(text, node.start) }];
    });
  return {
    imports: found(nodes, importSpecifier),
    strings: found(nodes, stringValue),
    unwanted: found(nodes, unwantedConstruct),
    notReexports: found(program.body.map((statement): unknown => statement).filter(isNode), notReexport),
  };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value;
}

function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  if (!isNode(value)) return;
  yield value;
  for (const child of Object.values(value)) if (typeof child === "object") yield* nodesOf(child);
}

const importing = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType",
]);

function importSpecifier(node: SyntaxNode): string | undefined {
  if (importing.has(node.type)) return stringValue(node["source"]);
  if (node.type !== "CallExpression" || !isImportMetaResolve(node["callee"])) return undefined;
  return Array.isArray(node["arguments"]) ? stringValue(node["arguments"][0]) : undefined;
}

function isImportMetaResolve(callee: unknown): boolean {
  if (!isNode(callee) || callee.type !== "MemberExpression") return false;
  const { object, property } = callee;
  return isNode(object) && object.type === "MetaProperty" && isNode(property) && property["name"] === "resolve";
}

function stringValue(node: unknown): string | undefined {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;
}

function unwantedConstruct(node: SyntaxNode): string | undefined {
  if (node.type === "ExportDefaultDeclaration") return "default export";
  if (node.type === "ExportSpecifier" && isNode(node["exported"]) && node["exported"]["name"] === "default") {
    return "default export";
  }
  if (node.type === "TSEnumDeclaration") return "enum";
  if (node.type !== "TSModuleDeclaration" || node["kind"] === "module") return undefined;
  return node["kind"] === "global" ? "addition to the global scope" : "namespace";
}

function notReexport(node: SyntaxNode): string | undefined {
  if (node.type === "ExportNamedDeclaration" && isNode(node["source"])) return undefined;
  return node.type === "ExportAllDeclaration" ? `export * from ${stringValue(node["source"])}` : node.type;
}
