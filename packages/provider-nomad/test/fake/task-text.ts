import type { NomadTask, NomadTemplate } from "../../src/api/job.ts";
import type { FakeState } from "./state.ts";

const address = "127.0.0.1";
const reads = /\{\{ with nomadVar "([^"]+)" \}\}(.*?)\{\{ end \}\}/g;
const content = /\{\{ base64Decode \(index \. "([^"]+)"\)\.Value(.*?) \}\}/;

/** A template as Nomad writes it; `undefined` while a variable that it reads is not there. */
export function rendered({ EmbeddedTmpl }: NomadTemplate, { variables }: FakeState): string | undefined {
  const wanted = [...EmbeddedTmpl.matchAll(reads)];
  if (wanted.some(([, path = ""]) => !variables.has(path))) return undefined;
  return wanted.map(([, path = "", body = ""]) => partOf(body, variables.get(path)?.Items ?? {})).join("");
}

function partOf(body: string, items: Readonly<Record<string, string>>): string {
  const [, key, filters = ""] = content.exec(body) ?? [];
  if (key === undefined) return items[body.replaceAll(/[{} .]/g, "")] ?? "";
  const text = Buffer.from(items[key] ?? "", "base64").toString();
  return [...filters.matchAll(/replaceAll "([^"]+)"/g)].reduce(
    (whole, [, from = ""]) => whole.replaceAll(from, address),
    text,
  );
}

/** The variables of a task's environment: its own, and those that templates give. */
export function environmentOf(task: NomadTask, state: FakeState): Readonly<Record<string, string>> {
  const own = Object.entries(task.Env ?? {}).map(([name, value]) => [name, interpolated(value, task)]);
  const lines = (task.Templates ?? [])
    .filter(({ Envvars }) => Envvars)
    .flatMap((each) => (rendered(each, state) ?? "").split("\n"));
  const others = lines.flatMap((line) => {
    const [, name, value] = /^([^=]+)=(".*")$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, JSON.parse(value ?? '""') as string]];
  });
  return Object.fromEntries([...own, ...others]) as Readonly<Record<string, string>>;
}

/** A text as the client makes it of what stands in the job. */
export function interpolated(text: string, task: NomadTask): string {
  return text.replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => {
    if (name.startsWith("NOMAD_META_")) return task.Meta?.[name.slice("NOMAD_META_".length)] ?? whole;
    if (name === "attr.unique.network.ip-address") return address;
    const [, variable] = /^env\["(.+)"\]$/.exec(name) ?? [];
    return variable === undefined ? whole : interpolated(task.Env?.[variable] ?? "", task);
  });
}
