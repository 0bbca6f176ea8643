import type { Access, Route } from "./http/route.ts";
import { containerLogs } from "./routes/container-logs.ts";
import { exec } from "./routes/exec.ts";
import { healthz } from "./routes/healthz.ts";
import { pods } from "./routes/pods.ts";
import { runningPods } from "./routes/running-pods.ts";

const healthAccess: Access = { verb: "get", subresources: ["healthz", "proxy"] };
const podsAccess: Access = { verb: "get", subresources: ["pods", "proxy"] };
const logsAccess: Access = { verb: "get", subresources: ["proxy"] };
const commandAccess: Access = { verb: "create", subresources: ["proxy"] };

const get = ["GET"];
const getOrPost = ["GET", "POST"];

/** Every endpoint: what is not in this table is 404. */
export const routes: readonly Route[] = [
  { methods: get, path: "/healthz", access: healthAccess, answer: healthz },
  { methods: get, path: "/healthz/ping", access: healthAccess, answer: healthz },
  { methods: get, path: "/pods", access: podsAccess, answer: pods },
  { methods: get, path: "/runningpods", access: podsAccess, answer: runningPods },
  { methods: get, path: "/containerLogs/{namespace}/{pod}/{container}", access: logsAccess, answer: containerLogs },
  { methods: getOrPost, path: "/exec/{namespace}/{pod}/{container}", access: commandAccess, upgrade: exec },
  { methods: getOrPost, path: "/exec/{namespace}/{pod}/{uid}/{container}", access: commandAccess, upgrade: exec },
];
