import { randomBytes } from "node:crypto";
import type { CheckDefinition } from "./check-definition.ts";
import { lacking, lackingIn } from "./check-definition.ts";
import { allChecks } from "./checks/all-checks.ts";
import type { CheckOutcome, CheckRunner, ConformanceCheck } from "./conformance-check.ts";
import type { ConformanceTarget } from "./conformance-target.ts";
import { CheckSkipped } from "./scene/check-skipped.ts";
import { type Owner, Scene } from "./scene/scene.ts";
import { type Timings, defaultTimings } from "./timings.ts";

/**
 * The checks of the contract for a target, in their order. They do not depend on each other, and may run at the same time as long
 * as the target can make no faults, which all would feel.
 *
 * @throws {Error} When `skips` names a check that there is not.
 */
export function conformance(target: ConformanceTarget): readonly ConformanceCheck[] {
  const known = new Set(allChecks.map(idOf));
  const unknown = Object.keys(target.skips ?? {}).filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new Error(
      `There is no check ${unknown.map((id) => `"${id}"`).join(", ")} to skip; known are ${[...known].join(", ")}.`,
    );
  }
  const timings = { ...defaultTimings, ...target.timings };
  const { clusterId, nodeName } = target.owner ?? madeUpOwner();
  return allChecks.map((definition, index) =>
    checkOf(definition, { target, timings, owner: { clusterId, nodeName: `${nodeName}-${index + 1}` } }),
  );
}

interface Settings {
  readonly target: ConformanceTarget;
  readonly timings: Timings;
  readonly owner: Owner;
}

function checkOf(definition: CheckDefinition, settings: Settings): ConformanceCheck {
  const { area, name } = definition;
  const { target, timings } = settings;
  const id = idOf(definition);
  const skip = target.skips?.[id] ?? lacking(definition, target);
  const timeoutMs = 4 * timings.startMs + 2 * timings.restartMs + 4 * timings.soonMs;
  return {
    id,
    area,
    name,
    timeoutMs,
    ...(skip === undefined ? {} : { skip }),
    async run(runner = {}) {
      const skipped = skip ?? (await perform(definition, settings, runner.signal));
      return skipped === undefined ? {} : skippedBy(runner, skipped);
    },
  };
}

function skippedBy(runner: CheckRunner, skipped: string): CheckOutcome {
  runner.skip?.(skipped);
  return { skipped };
}

/** Gives the reason why the check could not be made, if it could not. */
async function perform(
  definition: CheckDefinition,
  { target, timings, owner }: Settings,
  cancelled?: AbortSignal,
): Promise<string | undefined> {
  const end = new AbortController();
  const signal = cancelled ? AbortSignal.any([cancelled, end.signal]) : end.signal;
  try {
    await using scene = new Scene({ target, timings, owner, signal });
    const { provider } = await scene.live();
    const reason = lackingIn(provider, definition);
    if (reason === undefined) await definition.run(scene);
    return reason;
  } catch (error) {
    if (error instanceof CheckSkipped) return error.message;
    throw error;
  } finally {
    end.abort();
  }
}

function idOf({ area, word }: CheckDefinition): string {
  return `${area}.${word}`;
}

function madeUpOwner(): Owner {
  const word = randomBytes(3).toString("hex");
  return { clusterId: `conformance-${word}`, nodeName: `conformance-${word}` };
}
