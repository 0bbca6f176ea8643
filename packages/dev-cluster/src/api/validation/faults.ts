import type { StatusCause } from "@virtual-kubelet/kubernetes";

/** A fault, or nothing. */
export type Validation = StatusCause | false | undefined;

export function causesOf(...validations: readonly Validation[]): readonly StatusCause[] {
  return validations.filter((one) => one !== false && one !== undefined);
}

const titles = {
  Invalid: "Invalid value",
  NotSupported: "Unsupported value",
  Duplicate: "Duplicate value",
  Forbidden: "Forbidden",
} as const;

/** A fault of a field in the real server's words: `Invalid value: "x": must be …`. */
export function fault(
  kind: keyof typeof titles,
  field: string,
  about: { readonly value?: unknown; readonly why?: string },
): StatusCause {
  const value = about.value === undefined ? [] : [JSON.stringify(about.value)];
  return {
    reason: `FieldValue${kind}`,
    message: [titles[kind], ...value, ...(about.why ? [about.why] : [])].join(": "),
    field,
  };
}

export function required(field: string, why?: string): StatusCause {
  return { reason: "FieldValueRequired", message: why ? `Required value: ${why}` : "Required value", field };
}
