import type { NomadTaskEvent, NomadTaskState } from "../api/allocation.ts";
import { isGate } from "../job/gates.ts";

/** Why a container has not come to run, in kubelet's words. */
export interface StartProblem {
  readonly kind: "image" | "setup" | "start";
  readonly message: string;
}

const setupFailures = new Set([
  "Setup Failure",
  "Failed Validation",
  "Task hook failed",
  "Failed Artifact Download",
  "Failed Restoring Task",
  "Template failed",
]);

/** What kept a task from starting since it last ran; `undefined`: nothing that is known. */
export function startProblem({ Events }: NomadTaskState): StartProblem | undefined {
  const events = Events ?? [];
  const ran = events.findLastIndex(({ Type }) => Type === "Started" || Type === "Terminated");
  for (const event of events.slice(ran + 1).toReversed()) {
    const kind = kindOf(event);
    if (kind) return { kind, message: messageOf(event) };
  }
  return undefined;
}

/** While it is tried, and while Nomad waits to try it again. */
export function waitingReason({ kind }: StartProblem, { Events }: NomadTaskState): string {
  if (kind === "setup") return "CreateContainerConfigError";
  if (kind === "start") return "RunContainerError";
  return Events?.at(-1)?.Type === "Restarting" ? "ImagePullBackOff" : "ErrImagePull";
}

function kindOf(event: NomadTaskEvent): StartProblem["kind"] | undefined {
  if (setupFailures.has(event.Type) || isKilledTemplate(event) || isMissing(event)) return "setup";
  if (event.Type !== "Driver Failure") return undefined;
  return /\b(pull(ing)?|image|manifest|registry)\b/i.test(messageOf(event)) ? "image" : "start";
}

/** A template that cannot be rendered ends its task. */
function isKilledTemplate({ Type, DisplayMessage = "" }: NomadTaskEvent): boolean {
  return Type === "Killing" && /template/i.test(DisplayMessage);
}

/** A template waits for something that is not at a gate: a variable that is gone, or that Nomad's ACLs do not let the task read. */
function isMissing({ Type, DisplayMessage = "" }: NomadTaskEvent): boolean {
  return Type === "Template" && pathsIn(DisplayMessage).some((path) => !isGate(path));
}

function pathsIn(message: string): readonly string[] {
  return [...message.matchAll(/nomad\.var\.block\(([^@)]+)/g)].flatMap(([, path]) => path ?? []);
}

function messageOf({ Type, DisplayMessage, Message, Details }: NomadTaskEvent): string {
  const found = Details?.["driver_error"] ?? Details?.["setup_error"] ?? Details?.["validation_error"] ?? Message;
  return found || DisplayMessage || Type;
}
