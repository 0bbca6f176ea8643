import { get } from "./raw-client.ts";

/** What no client of good will says. */
export interface HostileRequest {
  readonly what: string;
  readonly said: string;
  /** What it may be answered; `closed`: the connection is cut off, and an answer that was under way with it. */
  readonly statuses: readonly (number | "closed")[];
}

const kilo = 1024;
const manyHeaders = Array.from({ length: 10_000 }, (_, index) => `X-${index}: a\r\n`).join("");

const tooLong = [431, "closed"] as const;

/** Of a pod that there is. */
export function hostileRequests(pod: string): readonly HostileRequest[] {
  return [
    { what: "a header of 65 KB", said: get("/pods", { X: "a".repeat(65 * kilo) }), statuses: tooLong },
    { what: "10,000 headers", said: `GET /pods HTTP/1.1\r\nHost: n\r\n${manyHeaders}\r\n`, statuses: tooLong },
    { what: "a method that there is not", said: "BREW /pods HTTP/1.1\r\nHost: n\r\n\r\n", statuses: [400] },
    { what: "a method that is not the path's", said: get("/pods").replace("GET", "DELETE"), statuses: [405] },
    { what: "an absolute address", said: get("https://other.example/pods"), statuses: [400] },
    ...[
      "/containerLogs/default/..%2f..%2fpods/main",
      `/containerLogs/default/${pod}/..%2f..%2fetc`,
      `/containerLogs/..%2f/${pod}/main`,
      `/exec/default/${pod}/%2e%2e?command=id`,
      "/logs/..%2f..%2fetc%2fpasswd",
      "/containerLogs/../pods",
    ].map((path) => ({ what: path, said: get(path), statuses: [400] })),
    // The first counts, as for kubelet: were it the last, these would be good.
    ...["tailLines=-1&tailLines=1", "limitBytes=0&limitBytes=9"].map((query) => ({
      what: query,
      said: get(`/containerLogs/default/${pod}/main?${query}`),
      statuses: [422],
    })),
  ];
}
