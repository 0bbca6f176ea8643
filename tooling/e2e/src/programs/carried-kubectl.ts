import { type KubectlVersion, isCarried, kubectl } from "@virtual-kubelet/integration/kubectl";
import { inject } from "vitest";
import { namespacePrefix } from "../requests/request-record.ts";
import type { ScenarioOptions } from "../suite/scenario.ts";
import { Workbench } from "../suite/workbench.ts";

const missing = isCarried ? undefined : `npm has no kubectl for ${process.platform}-${process.arch}`;

/** For what every kubectl that npm has can do. */
export const always: ScenarioOptions = { unless: () => missing };

/** A namespace, and that kubectl in it. */
export async function workbenchWith(version: KubectlVersion): Promise<Workbench> {
  return Workbench.open({ ...inject("stage"), kubectl: await kubectl(version) }, namespacePrefix(version));
}
