import { ApiError, badRequest } from "../../api-error.ts";
import type { ApiAnswer, ResourceRequest } from "../request.ts";
import { representedList } from "../representation.ts";
import { keyOf, selected, selectorOf } from "../selectors/selection.ts";
import { checkListOptions } from "./list-options.ts";
import { watch } from "./watch.ts";

/** GET of a collection. */
export function listOrWatch(request: ResourceRequest): ApiAnswer {
  const selector = selectorOf(request);
  if (["true", "1"].includes(request.query.get("watch") ?? "")) return watch(request, selector);
  const { query } = request;
  checkListOptions(request);
  const continued = query.get("continue") ? placeOf(query.get("continue") ?? "", request) : undefined;
  const limit = Number(query.get("limit") ?? 0);
  const after = continued?.after ?? "";
  const found = selected(request, selector).filter((object) => keyOf(object) > after);
  const page = limit > 0 ? found.slice(0, limit) : found;
  const version = continued?.version ?? request.storage.version;
  const last = page.at(-1);
  const remaining = found.length - page.length;
  // Who selects is not told how many are left (apiserver, `storage.Interface`).
  const count = query.get("labelSelector") || query.get("fieldSelector") ? {} : { remainingItemCount: remaining };
  const more = remaining > 0 && last ? { continue: continueToken({ version, after: keyOf(last) }), ...count } : {};
  return { body: representedList(request, page, { resourceVersion: String(version), ...more }) };
}

interface Place {
  readonly version: number;
  readonly after: string;
}

/**
 * Later pages show the present, not the past of the first page, but carry its version: a watch from there brings what has happened in between.
 */
function continueToken(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function placeOf(token: string, request: ResourceRequest): Place {
  let place: Partial<Place>;
  try {
    place = JSON.parse(Buffer.from(token, "base64url").toString()) as Partial<Place>;
  } catch {
    throw badRequest("continue key is not valid: it is none of this server");
  }
  const { version, after } = place;
  if (typeof version !== "number" || typeof after !== "string")
    throw badRequest("continue key is not valid: it is none of this server");
  if (version < request.storage.oldestVersion) {
    throw new ApiError(
      "Expired",
      "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.",
    );
  }
  return { version, after };
}
