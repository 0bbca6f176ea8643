import type { NomadRequest } from "./nomad-request.ts";
import type { NomadJob } from "../api/job.ts";
import type { NomadVariable } from "../api/variable.ts";

const part = encodeURIComponent;

/** Every request of Nomad's API that this provider makes, and what a token's policy has to allow for it. */
export const requests = {
  leader: (): NomadRequest => ({ method: "GET", path: "/v1/status/leader" }),

  job: (id: string): NomadRequest => ({ method: "GET", path: `/v1/job/${part(id)}`, needs: "read-job" }),
  jobs: (prefix: string): NomadRequest => ({
    lane: "watch",
    method: "GET",
    path: "/v1/jobs",
    query: { prefix, meta: true },
    needs: "list-jobs",
  }),
  /** `modifyIndex` 0: only when there is none of this ID. */
  register: (job: NomadJob, modifyIndex: number): NomadRequest => ({
    method: "POST",
    path: "/v1/jobs",
    body: { Job: job, EnforceIndex: true, JobModifyIndex: modifyIndex },
    needs: "submit-job",
  }),
  deregister: (id: string, { purge }: { readonly purge: boolean }): NomadRequest => ({
    method: "DELETE",
    path: `/v1/job/${part(id)}`,
    query: { purge },
    needs: "submit-job",
    repeatable: true,
  }),

  allocations: (prefix: string): NomadRequest => ({
    lane: "watch",
    method: "GET",
    path: "/v1/allocations",
    query: { filter: startsWith(prefix), task_states: true, resources: true },
    needs: "read-job",
  }),
  /** Without what each was given: Nomad finds them by the job, where it looks at every allocation for a filter. */
  jobAllocations: (id: string): NomadRequest => ({
    method: "GET",
    path: `/v1/job/${part(id)}/allocations`,
    needs: "read-job",
  }),
  allocation: (id: string): NomadRequest => ({ method: "GET", path: `/v1/allocation/${part(id)}`, needs: "read-job" }),
  signal: (allocation: string, signal: string): NomadRequest => ({
    method: "POST",
    path: `/v1/client/allocation/${part(allocation)}/signal`,
    body: { Signal: signal, Task: "" },
    needs: "alloc-lifecycle",
    repeatable: true,
  }),
  allocationStats: (id: string): NomadRequest => ({
    method: "GET",
    path: `/v1/client/allocation/${part(id)}/stats`,
    needs: "read-job",
  }),

  evaluations: (prefix: string): NomadRequest => ({
    lane: "watch",
    method: "GET",
    path: "/v1/evaluations",
    query: { filter: `${startsWith(prefix)} and (Status == "blocked" or Status == "failed")`, per_page: 5_000 },
    needs: "read-job",
  }),
  evaluation: (id: string): NomadRequest => ({
    method: "GET",
    path: `/v1/evaluation/${part(id)}`,
    needs: "read-job",
    lane: "request",
  }),

  /** Everything of the namespace: Nomad can leave out topics, but not the jobs of others. */
  events: (): NomadRequest => ({
    method: "GET",
    path: "/v1/event/stream",
    query: { topic: ["Job", "Allocation", "Evaluation"], index: 0 },
    needs: "read-job",
    lane: "watch",
  }),

  logs: (allocation: string, query: LogQuery): NomadRequest => ({
    method: "GET",
    path: `/v1/client/fs/logs/${part(allocation)}`,
    query: { ...query },
    needs: "read-logs",
  }),
  list: (allocation: string, path: string): NomadRequest => ({
    method: "GET",
    path: `/v1/client/fs/ls/${part(allocation)}`,
    query: { path },
    needs: "read-fs",
  }),
  exec: (allocation: string, query: ExecQuery): NomadRequest => ({
    method: "GET",
    path: `/v1/client/allocation/${part(allocation)}/exec`,
    query: { task: query.task, tty: query.tty, command: JSON.stringify(query.command) },
    needs: "alloc-exec",
  }),

  putVariable: ({ Path, Items }: NomadVariable): NomadRequest => ({
    method: "PUT",
    path: `/v1/var/${Path}`,
    body: { Path, Items },
    needs: `variables:write`,
    repeatable: true,
  }),
  variables: (prefix: string): NomadRequest => ({
    method: "GET",
    path: "/v1/vars",
    query: { prefix },
    needs: "variables:list",
  }),
  variable: (path: string): NomadRequest => ({ method: "GET", path: `/v1/var/${path}`, needs: "variables:read" }),
  deleteVariable: (path: string): NomadRequest => ({
    method: "DELETE",
    path: `/v1/var/${path}`,
    needs: "variables:destroy",
    repeatable: true,
  }),

  nodes: (): NomadRequest => ({
    method: "GET",
    path: "/v1/nodes",
    query: { resources: true },
    needs: "node:read",
    lane: "watch",
  }),
  node: (id: string): NomadRequest => ({ method: "GET", path: `/v1/node/${part(id)}`, needs: "node:read" }),
  nodeStats: (id: string): NomadRequest => ({
    method: "GET",
    path: "/v1/client/stats",
    query: { node_id: id },
    needs: "node:read",
  }),
} as const;

export interface LogQuery {
  readonly task: string;
  readonly type: "stdout" | "stderr";
  readonly follow?: boolean;
  readonly plain?: boolean;
  readonly origin?: "start" | "end";
  readonly offset?: number;
}

export interface ExecQuery {
  readonly task: string;
  readonly tty: boolean;
  readonly command: readonly string[];
}

/** A whole ID is the beginning of no other: all end in a hash. None has anything that an expression would take for more than itself. */
function startsWith(prefix: string): string {
  return `JobID matches "^${prefix}"`;
}
