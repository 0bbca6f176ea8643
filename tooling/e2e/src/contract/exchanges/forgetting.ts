import { topic } from "../exchange.ts";
import { first, forget, get, post, watch } from "../request/requests.ts";
import * as at from "../request/paths.ts";

/** Last of all: the real server has to start anew. */
export const forgetting = topic("forgetting", {
  "a page of a version that is forgotten": [
    first(post(at.secrets, { metadata: { name: "a" } })),
    first(post(at.secrets, { metadata: { name: "b" } })),
    first(get(`${at.secrets}?limit=1`)),
    first(post(at.secrets, { metadata: { name: "c" } })),
    forget,
    get(`${at.secrets}?limit=1&continue={2.metadata.continue}`),
  ],
  "a watch from a version that is forgotten": [watch(`${at.secrets}?watch=1&resourceVersion=1&timeoutSeconds=1`)],
  "a list of a version that is forgotten": [get(`${at.secrets}?resourceVersion=1&resourceVersionMatch=Exact`)],
});
