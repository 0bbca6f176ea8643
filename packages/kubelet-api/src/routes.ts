import type { Access, Route } from "./http/route.ts";
import { attach } from "./routes/attach.ts";
import { configz } from "./routes/configz.ts";
import { containerLogs } from "./routes/container-logs.ts";
import { exec } from "./routes/exec.ts";
import { healthz, healthzSyncloop } from "./routes/healthz.ts";
import { metricsCadvisor } from "./routes/metrics-cadvisor.ts";
import { metricsProbes } from "./routes/metrics-probes.ts";
import { metricsResource } from "./routes/metrics-resource.ts";
import { metrics } from "./routes/metrics.ts";
import { nodeLogs } from "./routes/node-logs.ts";
import { pods } from "./routes/pods.ts";
import { portForward } from "./routes/port-forward.ts";
import { run } from "./routes/run.ts";
import { runningPods } from "./routes/running-pods.ts";
import { statsSummary } from "./routes/stats-summary.ts";

/** The subresources are those of kubelet's `server/auth.go`: where there are two, either is enough. */
const healthAccess: Access = { verb: "get", subresources: ["healthz", "proxy"] };
const podsAccess: Access = { verb: "get", subresources: ["pods", "proxy"] };
const configAccess: Access = { verb: "get", subresources: ["configz", "proxy"] };
const statsAccess: Access = { verb: "get", subresources: ["stats"] };
const metricsAccess: Access = { verb: "get", subresources: ["metrics"] };
const nodeLogAccess: Access = { verb: "get", subresources: ["log"] };
const logsAccess: Access = { verb: "get", subresources: ["proxy"] };
const commandAccess: Access = { verb: "create", subresources: ["proxy"] };

const get = ["GET"];
const post = ["POST"];
const getOrPost = ["GET", "POST"];

/** Every endpoint: what is not in this table is 404. */
export const routes: readonly Route[] = [
  { methods: get, path: "/healthz", access: healthAccess, answer: healthz },
  { methods: get, path: "/healthz/ping", access: healthAccess, answer: healthz },
  { methods: get, path: "/healthz/syncloop", access: healthAccess, answer: healthzSyncloop },
  { methods: get, path: "/pods", access: podsAccess, answer: pods },
  { methods: get, path: "/runningpods", access: podsAccess, answer: runningPods },
  { methods: get, path: "/configz", access: configAccess, answer: configz },
  { methods: get, path: "/stats/summary", access: statsAccess, answer: statsSummary },
  { methods: get, path: "/metrics", access: metricsAccess, answer: metrics },
  { methods: get, path: "/metrics/resource", access: metricsAccess, answer: metricsResource },
  { methods: get, path: "/metrics/cadvisor", access: metricsAccess, answer: metricsCadvisor },
  { methods: get, path: "/metrics/probes", access: metricsAccess, answer: metricsProbes },
  { methods: get, path: "/logs", access: nodeLogAccess, answer: nodeLogs },
  { methods: get, path: "/logs/{path...}", access: nodeLogAccess, answer: nodeLogs },
  { methods: get, path: "/containerLogs/{namespace}/{pod}/{container}", access: logsAccess, answer: containerLogs },
  {
    methods: get,
    path: "/containerLogs/{namespace}/{pod}/{uid}/{container}",
    access: logsAccess,
    answer: containerLogs,
  },
  {
    methods: getOrPost,
    path: "/exec/{namespace}/{pod}/{container}",
    access: commandAccess,
    audited: "exec",
    upgrade: exec,
  },
  {
    methods: getOrPost,
    path: "/exec/{namespace}/{pod}/{uid}/{container}",
    access: commandAccess,
    audited: "exec",
    upgrade: exec,
  },
  {
    methods: getOrPost,
    path: "/attach/{namespace}/{pod}/{container}",
    access: commandAccess,
    audited: "attach",
    upgrade: attach,
  },
  {
    methods: getOrPost,
    path: "/attach/{namespace}/{pod}/{uid}/{container}",
    access: commandAccess,
    audited: "attach",
    upgrade: attach,
  },
  { methods: post, path: "/run/{namespace}/{pod}/{container}", access: commandAccess, audited: "run", answer: run },
  {
    methods: post,
    path: "/run/{namespace}/{pod}/{uid}/{container}",
    access: commandAccess,
    audited: "run",
    answer: run,
  },
  {
    methods: getOrPost,
    path: "/portForward/{namespace}/{pod}",
    access: commandAccess,
    audited: "portForward",
    upgrade: portForward,
  },
  {
    methods: getOrPost,
    path: "/portForward/{namespace}/{pod}/{uid}",
    access: commandAccess,
    audited: "portForward",
    upgrade: portForward,
  },
];
