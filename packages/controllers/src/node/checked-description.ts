import { Quantity } from "@virtual-kubelet/kubernetes";
import { type NodeDescription, ProviderError } from "@virtual-kubelet/provider";
import { describedInfo } from "./node-object.ts";

const lists = ["addresses", "conditions", "taints"] as const;
const records = ["labels", "annotations"] as const;
const texts = [...describedInfo, "providerID"] as const;
const amounts = ["capacity", "allocatable"] as const;

/**
 * The description that a provider gave; nothing is an empty one. A provider is written by others, and may be plain
 * JavaScript: what the node could not be described with is refused as a whole, so that what was said before stays.
 */
export function checkedDescription(description: NodeDescription | null | undefined): NodeDescription {
  const given = description ?? {};
  if (!isRecord(given)) throw unusable(`it is a ${typeof given}`);
  for (const field of lists) {
    const list = given[field] ?? [];
    if (!Array.isArray(list) || !list.every(isRecord)) throw unusable(`${field} must be a list of objects`);
  }
  for (const field of records) {
    const record = given[field] ?? {};
    if (!isRecord(record) || !Object.values(record).every((value) => typeof value === "string"))
      throw unusable(`${field} must be an object whose values are strings`);
  }
  for (const field of texts) {
    if (given[field] !== undefined && typeof given[field] !== "string") throw unusable(`${field} must be a string`);
  }
  for (const field of amounts) {
    const record = given[field] ?? {};
    if (!isRecord(record)) throw unusable(`${field} must be an object whose values are quantities`);
    for (const value of Object.values(record)) checkQuantity(field, value);
  }
  return given;
}

/** A bare number is a quantity for an API server too. */
function checkQuantity(field: string, value: unknown): void {
  try {
    Quantity.parse(String(value));
  } catch (error) {
    throw unusable(`${field}: ${(error as Error).message}`);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unusable(why: string): ProviderError {
  return new ProviderError("InvalidInput", `The provider's description of the node cannot be used: ${why}`);
}
