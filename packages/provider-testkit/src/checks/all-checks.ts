import type { CheckDefinition } from "../check-definition.ts";
import { containerChecks } from "./containers.ts";
import { deletionChecks } from "./deletion.ts";
import { consistencyChecks } from "./faults/consistency.ts";
import { errorChecks } from "./faults/errors.ts";
import { hangChecks } from "./faults/hangs.ts";
import { listChecks } from "./faults/lists.ts";
import { throttlingChecks } from "./faults/throttling.ts";
import { featureChecks } from "./features.ts";
import { nodeChecks } from "./node.ts";
import { podChecks } from "./pods.ts";
import { restartChecks } from "./restart.ts";
import { statsChecks } from "./stats.ts";
import { attachChecks } from "./streams/attach.ts";
import { execChecks } from "./streams/exec.ts";
import { logChecks } from "./streams/logs.ts";
import { portChecks } from "./streams/ports.ts";
import { updateChecks } from "./updates.ts";
import { watchChecks } from "./watch.ts";

/** Every check, in the order of the areas. */
export const allChecks: readonly CheckDefinition[] = [
  ...podChecks,
  ...containerChecks,
  ...watchChecks,
  ...restartChecks,
  ...deletionChecks,
  ...updateChecks,
  ...logChecks,
  ...execChecks,
  ...attachChecks,
  ...portChecks,
  ...statsChecks,
  ...nodeChecks,
  ...featureChecks,
  ...errorChecks,
  ...throttlingChecks,
  ...consistencyChecks,
  ...listChecks,
  ...hangChecks,
];
