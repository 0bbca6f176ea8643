import type { Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import type { NomadConstraint } from "../../api/job.ts";
import type { ResolvedNomadOptions } from "../../options.ts";
import { annotations } from "./annotations.ts";

const operands = [
  "=",
  "!=",
  ">",
  ">=",
  "<",
  "<=",
  "regexp",
  "version",
  "semver",
  "set_contains",
  "set_contains_any",
  "is_set",
  "is_not_set",
] as const;

/** Which clients a pod may run on. */
export interface Placement {
  readonly datacenters: readonly string[];
  readonly nodePool?: string | undefined;
  readonly constraints: readonly NomadConstraint[];
}

/** A pod's annotations come before its `nodeSelector`, and both before the options; constraints of all of them hold. */
export function placementOf({ metadata, spec }: Pod, options: ResolvedNomadOptions): Placement {
  const asked = { ...spec.nodeSelector, ...metadata.annotations };
  const datacenters = asked[annotations.datacenters]
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const nodeClass = asked[annotations.nodeClass];
  const own = Object.entries(asked)
    .filter(([key]) => key.startsWith(annotations.constraint))
    .map(([key, value]) => constraintFrom(key.slice(annotations.constraint.length), value, key));
  return {
    datacenters: datacenters?.length ? datacenters : options.datacenters,
    nodePool: asked[annotations.nodePool] || options.nodePool,
    constraints: [
      ...Object.entries(options.constraints).map(([target, value]) =>
        constraintFrom(target, value, `constraints.${target}`),
      ),
      ...(nodeClass ? [constraint("node.class", "=", nodeClass)] : []),
      ...own,
    ],
  };
}

/** `attr.cpu.arch` and `!= arm64`; a value without an operand is to be equal. */
function constraintFrom(target: string, text: string, where: string): NomadConstraint {
  const [first = "", ...rest] = text.trim().split(/\s+/);
  const operand = operands.find((each) => each === first);
  if (!/^(attr|meta|node|unique)\.[\w.-]+$|^node\.[\w.-]+$/.test(target)) {
    throw new ProviderError(
      "InvalidInput",
      `${where} compares "${target}", which no client of Nomad has: name an attribute (attr.…), a meta (meta.…) or a property (node.…).`,
    );
  }
  return operand ? constraint(target, operand, rest.join(" ")) : constraint(target, "=", text.trim());
}

function constraint(target: string, operand: string, value: string): NomadConstraint {
  return { LTarget: `\${${target}}`, RTarget: value, Operand: operand };
}
