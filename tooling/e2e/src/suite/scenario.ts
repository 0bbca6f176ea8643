import { type TestContext, inject, test } from "vitest";
import { minorOf } from "../targets/target.ts";
import type { Stage } from "./stage.ts";
import { Workbench } from "./workbench.ts";

export interface ScenarioOptions {
  /** What the embedded cluster does not claim to have: `StatefulSets`. */
  readonly notEmbedded?: string;
  /** The first minor version of Kubernetes that can do it, and why: `[36, "…"]`. The embedded cluster can. */
  readonly since?: readonly [minor: number, why: string];
  /** The issue that will turn it on, by its title. */
  readonly waitsFor?: string;
  /** What else is missing on this stage, if anything. */
  readonly unless?: (stage: Stage) => string | undefined;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;
export const notReal = "the target is no real control plane";

/** One case of the suite, in a namespace of its own. Where it cannot run, it says why. */
export function scenario(name: string, options: ScenarioOptions, run: (it: Workbench) => Promise<void>): void {
  caseOnStage(name, options, async (stage) => {
    await using it = await Workbench.open(stage);
    await run(it);
  });
}

/**
 * A case that starts a control plane of its own, of the target's release: to break it, or to be somebody in it. The embedded
 * cluster has no parts that could fail alone, and lets everybody do everything.
 */
export function controlPlaneCase(name: string, run: (release: string, stage: Stage) => Promise<void>): void {
  // One after the other: each has a control plane of its own, beside that of all others.
  test(name, { timeout: 2 * defaultTimeoutMs, concurrent: false }, async (context) => {
    const stage = inject("stage");
    if (stage.release === undefined) skip(context, notReal);
    else await run(stage.release, stage);
  });
}

/** One case of the suite, without a namespace of its own: for cases that share what they look at. */
export function caseOnStage(name: string, options: ScenarioOptions, run: (stage: Stage) => Promise<void>): void {
  test(name, { timeout: options.timeoutMs ?? defaultTimeoutMs }, async (context) => {
    const stage = inject("stage");
    const reason = reasonToSkip(options, stage);
    if (reason === undefined) await run(stage);
    else skip(context, reason);
  });
}

/** Ends the case here. Reports have no place for the reason but among what a test says of itself. */
export function skip({ task, skip: leave }: TestContext, reason: string): never {
  task.meta.reason = reason;
  return leave(reason);
}

function reasonToSkip({ notEmbedded, since, waitsFor, unless }: ScenarioOptions, stage: Stage): string | undefined {
  if (waitsFor !== undefined) return `waits for “${waitsFor}”`;
  if (stage.release === undefined && notEmbedded !== undefined) return `the embedded cluster has no ${notEmbedded}`;
  if (stage.release !== undefined && since !== undefined && minorOf(stage.release) < since[0]) return since[1];
  return unless?.(stage);
}

/** For cases in which the control plane handles the address of a node or a pod: it has none but loopback where the suite has no network of its own. */
export function needsOrdinaryAddress(why: string): (stage: Stage) => string | undefined {
  return ({ address }) => (address.startsWith("127.") ? `${why}, and here is no network of its own` : undefined);
}
