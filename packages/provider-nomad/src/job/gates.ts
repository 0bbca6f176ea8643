import type { NomadTemplate } from "../api/job.ts";
import type { NomadVariable } from "../api/variable.ts";
import { groupName } from "./group-name.ts";
import { variablePrefixOf } from "./identity.ts";

/**
 * Nomad starts all prestart tasks at once. One whose turn is later has a template of a variable that is not there yet, for which it waits
 * before it starts.
 */
export function gateTemplate(jobId: string, task: string): NomadTemplate {
  const { Path } = gateOf(jobId, task);
  return {
    EmbeddedTmpl: `{{ with nomadVar "${Path}" }}{{ .go }}{{ end }}`,
    DestPath: "local/turn",
    ChangeMode: "noop",
  };
}

/** The variable that lets a task start. */
export function gateOf(jobId: string, task: string): NomadVariable {
  return { Path: `${variablePrefixOf(jobId)}/${groupName}/${task}`, Items: { go: "1" } };
}

/** Whether a variable is one that lets a task start. */
export function isGate(path: string): boolean {
  return new RegExp(`^nomad/jobs/[^/]+/${groupName}/[^/]+$`).test(path);
}
