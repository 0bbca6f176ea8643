import type { DefinedProvider } from "@virtual-kubelet/provider";
import { jsonSchemaOf } from "../config/check-options.ts";
import { propertiesAt, type JsonSchema } from "../config/json-schema.ts";
import type { ProviderPackage } from "../provider-package.ts";

/** What `virtual-kubelet providers` prints: one line each, or what to do when there is none. */
export function providersText(providers: readonly ProviderPackage[]): string {
  if (providers.length === 0)
    return "No provider is installed here. To install one: npm install @virtual-kubelet/provider-process\n";
  return table(providers.map(({ name, version, directory }) => [name, version, directory]));
}

/** What `virtual-kubelet providers NAME` prints: where it is and what options it takes. */
export function providerText(provider: DefinedProvider, module: string): string {
  const schema = jsonSchemaOf(provider.schema);
  const rows = schema ? optionRows(schema) : [];
  const options = rows.length > 0 ? `\nOptions:\n${table(rows.map((row) => [`  ${row[0]}`, ...row.slice(1)]))}` : "";
  return `${provider.providerName}  ${module}\n${options}`;
}

function optionRows(schema: JsonSchema): string[][] {
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return [...propertiesAt(schema, schema).properties].map(([name, option]) => {
    const fallback = option["default"] === undefined ? "" : `default ${JSON.stringify(option["default"])}`;
    const description = typeof option["description"] === "string" ? option["description"] : "";
    return [name, typeText(option), required.has(name) ? "required" : fallback, description];
  });
}

function typeText(option: JsonSchema): string {
  if (Array.isArray(option["enum"])) return option["enum"].map((value) => JSON.stringify(value)).join("|");
  return typeof option["type"] === "string" ? option["type"] : "";
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(cell.length, all[index] ?? 0)),
    [],
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
