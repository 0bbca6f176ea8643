import { type LabelRequirement, meets, type StoredObject } from "@virtual-kubelet/kubernetes";
import { badRequest } from "../../api-error.ts";

/** Whether an object is selected. */
export type Selector = (object: StoredObject) => boolean;

const forms: readonly {
  readonly pattern: RegExp;
  readonly requirement: (key: string, rest: string) => LabelRequirement;
}[] = [
  {
    pattern: /^([^\s!=(),]+)\s*={1,2}\s*([^\s=!(),]*)$/,
    requirement: (key, value) => ({ key, operator: "In", values: [value] }),
  },
  {
    pattern: /^([^\s!=(),]+)\s*!=\s*([^\s=!(),]*)$/,
    requirement: (key, value) => ({ key, operator: "NotIn", values: [value] }),
  },
  {
    pattern: /^([^\s!=(),]+)\s+in\s*\(([^()]*)\)$/,
    requirement: (key, values) => ({ key, operator: "In", values: listOf(values) }),
  },
  {
    pattern: /^([^\s!=(),]+)\s+notin\s*\(([^()]*)\)$/,
    requirement: (key, values) => ({ key, operator: "NotIn", values: listOf(values) }),
  },
  {
    pattern: /^([^\s!=(),<>]+)\s*>\s*(-?\d+)$/,
    requirement: (key, value) => ({ key, operator: "Gt", values: [value] }),
  },
  {
    pattern: /^([^\s!=(),<>]+)\s*<\s*(-?\d+)$/,
    requirement: (key, value) => ({ key, operator: "Lt", values: [value] }),
  },
  { pattern: /^!\s*([^\s!=(),]+)$/, requirement: (key) => ({ key, operator: "DoesNotExist" }) },
  { pattern: /^([^\s!=(),]+)$/, requirement: (key) => ({ key, operator: "Exists" }) },
];

/** Reads `app=a,tier in (x, y),!old`. Throws `BadRequest` for what is none. */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  // Commas inside of parentheses separate values, all others requirements.
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  if (text.trim() === "") return [];
  return terms.map((term) => {
    for (const { pattern, requirement } of forms) {
      const match = pattern.exec(term);
      if (match) return requirement(match[1] ?? "", match[2] ?? "");
    }
    throw badRequest(`unable to parse requirement: "${term}" is no label requirement`);
  });
}

export function labelSelector(text: string): Selector {
  const requirements = parseLabelSelector(text);
  return (object) => requirements.every((requirement) => meets(requirement, object.metadata.labels ?? {}));
}

function listOf(values: string): readonly string[] {
  return values.split(",").map((value) => value.trim());
}
