/**
 * A real Kubernetes control plane in a function call: the unmodified programs, built from their Go modules and kept by version.
 *
 * ```ts
 * import { startControlPlane } from "@virtual-kubelet/control-plane";
 *
 * await using cluster = await startControlPlane({ version: "1.35" });
 * console.log(cluster.kubeconfig); // for kubectl
 * await cluster.apiServer.kill();
 * await cluster.apiServer.start(); // with the same data
 * ```
 *
 * @packageDocumentation
 */
export { areBuilt, binaries, type BuildOptions } from "./programs/binaries.ts";
export { inBuildFolder } from "./programs/build-folder.ts";
export { BuildProgress } from "./programs/build-progress.ts";
export type { BuildCall } from "./programs/build.ts";
export { cacheFolder, exists } from "./programs/cache.ts";
export { go, goMissing, hasGo } from "./programs/go.ts";
export { type ControlPlaneProgram, controlPlanePrograms, type Program } from "./programs/programs.ts";
export type { AuditEvent } from "./cluster/audit-log.ts";
export { Component } from "./cluster/component.ts";
export type { ClientCertificateOptions, ControlPlane } from "./cluster/control-plane.ts";
export { kubeconfigText } from "./cluster/kubeconfig.ts";
export { PortBlock } from "./cluster/port-block.ts";
export { type StartOptions, startControlPlane } from "./cluster/start-control-plane.ts";
export type { MetricsServer } from "./metrics-server/metrics-server.ts";
export { type MetricsServerOptions, startMetricsServer } from "./metrics-server/start-metrics-server.ts";
export { defaultVersions, newestVersion, releaseOf } from "./versions.ts";
