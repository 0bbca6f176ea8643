import type { StatusCause } from "@virtual-kubelet/kubernetes";
import { ApiError, badRequest } from "../../api-error.ts";
import { invalidOptions } from "../options.ts";
import type { ResourceRequest } from "../request.ts";
import { causesOf, fault } from "../validation/faults.ts";

const matches = new Set(["Exact", "NotOlderThan"]);

/** What may be asked of a list (apimachinery, `ValidateListOptions`). Throws `BadRequest`, `Invalid`, and `Timeout` for a version that is to come. */
export function checkListOptions(request: ResourceRequest): void {
  const { query, storage } = request;
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  checkNumber(query.get("limit") ?? "");
  const forbidden =
    version === "" && match !== "" && "resourceVersionMatch is forbidden unless resourceVersion is provided";
  const supported = 'supported values: "Exact", "NotOlderThan", ""';
  refuse([
    ...causesOf(
      forbidden && fault("Forbidden", "resourceVersionMatch", { why: forbidden }),
      match !== "" &&
        !matches.has(match) &&
        fault("NotSupported", "resourceVersionMatch", { value: match, why: supported }),
      query.get("sendInitialEvents") !== null &&
        fault("Forbidden", "sendInitialEvents", { why: "sendInitialEvents is forbidden for list" }),
    ),
  ]);
  if (query.get("continue")) {
    if (version !== "" && version !== "0")
      throw badRequest("specifying resource version is not allowed when using continue");
    return;
  }
  checkVersion(version, "invalid resource version: ");
  if (Number(version) > storage.version) throw tooLarge(version, storage.version);
}

/** What may be asked of a watch. */
export function checkWatchOptions({ query }: ResourceRequest): void {
  checkVersion(query.get("resourceVersion") ?? "", "");
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = query.get("sendInitialEvents") !== null;
  const unmatched = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
  const unasked = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
  refuse(
    causesOf(
      initial && match !== "NotOlderThan" && fault("Forbidden", "resourceVersionMatch", { why: unmatched }),
      !initial && match !== "" && fault("Forbidden", "resourceVersionMatch", { why: unasked }),
    ),
  );
}

function refuse(causes: readonly StatusCause[]): void {
  if (causes.length > 0) throw invalidOptions("ListOptions", causes);
}

function checkVersion(version: string, prefix: string): void {
  if (/^\d*$/.test(version)) return;
  const why = `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`;
  throw badRequest(`${prefix}resourceVersion: Invalid value: ${JSON.stringify(version)}: ${why}`);
}

/** A whole number, or nothing. Throws `BadRequest`. */
export function checkNumber(text: string): void {
  if (!/^(-?\d+)?$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function tooLarge(version: string, current: number): ApiError {
  return new ApiError("Timeout", `Timeout: Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}
