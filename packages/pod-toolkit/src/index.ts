/**
 * What every provider author would otherwise write: a pod's status of a backend's words, what a backend can give of each of its fields, names and
 * tags by which it is known again, limits and retries of requests, watching by polling, logs, options, sizes, volumes and resolv.conf, all
 * by kubelet's rules.
 *
 * @example
 * ```ts
 * import type { Pod } from "@virtual-kubelet/kubernetes";
 * import { refOf, running } from "@virtual-kubelet/pod-toolkit";
 * import type { PodState } from "@virtual-kubelet/provider";
 *
 * export function stateOf(pod: Pod, podIP: string): PodState {
 *   return { ...refOf(pod), status: running(pod, { podIP }) };
 * }
 * ```
 */
export { containersOf, ignored, inSecurity, refused, supported } from "./features/asked-field.ts";
export type { AskedField, SecurityContext } from "./features/asked-field.ts";
export { featureMatrix } from "./features/feature-matrix.ts";
export type { FieldAnswers, FieldSupport } from "./features/feature-matrix.ts";
export { featureTable } from "./features/feature-table.ts";
export { podFields } from "./features/pod-fields.ts";
export type { PodField, PodFieldName } from "./features/pod-fields.ts";
export { bytesWindow } from "./logs/bytes-window.ts";
export { findLastLines } from "./logs/find-last-lines.ts";
export type { SeekableBytes } from "./logs/find-last-lines.ts";
export { followBytes } from "./logs/follow-bytes.ts";
export type { BytesPage, BytesQuestion } from "./logs/follow-bytes.ts";
export { followRecords } from "./logs/follow-records.ts";
export type { FollowCall, RecordsPage, RecordsQuestion } from "./logs/follow-records.ts";
export { logTime } from "./logs/log-record.ts";
export type { LogBatch, LogRecord } from "./logs/log-record.ts";
export { logWindow } from "./logs/log-window.ts";
export type { LogWindowOptions, WindowCall } from "./logs/log-window.ts";
export type { PollOptions } from "./logs/poll-pages.ts";
export { recordsFromTimestampedLines } from "./logs/records-from-lines.ts";
export type { LineOptions } from "./logs/records-from-lines.ts";
export { StoredLogWindow } from "./logs/stored-log-window.ts";
export type { StoredLogCall } from "./logs/stored-log-window.ts";
export { flagFrom, listFrom, numberFrom } from "./options/environment-values.ts";
export { redacted } from "./options/redacted.ts";
export { withEnvironment } from "./options/with-environment.ts";
export type { EnvironmentOption, EnvironmentTable, WithEnvironmentOptions } from "./options/with-environment.ts";
export { backendName } from "./ownership/backend-name.ts";
export type { NameRules } from "./ownership/backend-name.ts";
export { claimOf, whatToDoWith } from "./ownership/claim.ts";
export { decodeOwnerTags, encodeOwnerTags } from "./ownership/owner-tags.ts";
export type { TagRules } from "./ownership/owner-tags.ts";
export type { OwnerTags, PodOwner } from "./ownership/pod-owner.ts";
export { unlessAborted } from "./pause.ts";
export { PodFeed } from "./pod-feed.ts";
export { isSidecar, refOf } from "./pod-ref.ts";
export { PodPoller } from "./polling/pod-poller.ts";
export type { PodPollerOptions } from "./polling/pod-poller.ts";
export type { PolledBackend } from "./polling/pod-watch.ts";
export { errorFromFailure, errorFromResponse } from "./requests/error-from-response.ts";
export type { FailedResponse } from "./requests/error-from-response.ts";
export { RequestBudget } from "./requests/request-budget.ts";
export type { RequestBudgetOptions, RequestClass } from "./requests/request-budget.ts";
export { retryAfterMs } from "./requests/retry-after.ts";
export type { Pace } from "./requests/turns.ts";
export { containerResources } from "./resources/container-resources.ts";
export type { Resources } from "./resources/container-resources.ts";
export { pickSize } from "./resources/pick-size.ts";
export type { Size, SizeChoice } from "./resources/pick-size.ts";
export { podTotals } from "./resources/pod-totals.ts";
export { roundTo } from "./resources/round-to.ts";
export type { Rounding } from "./resources/round-to.ts";
export { resolvConf } from "./resolver/resolv-conf.ts";
export { resolverConfigFrom } from "./resolver/resolver-config-from.ts";
export type { BackendContainer, BackendEnd, BackendPod, BackendState } from "./status/backend-pod.ts";
export {
  ephemeralStatus,
  runningContainer,
  terminatedContainer,
  unknownEnd,
  waitingContainer,
} from "./status/container-status.ts";
export type { ContainerEnd, ContainerFacts } from "./status/container-status.ts";
export { podPhase } from "./status/pod-phase.ts";
export type { ContainerStatuses, PhasePod, PodPhase } from "./status/pod-phase.ts";
export { finished, running, waiting } from "./status/pod-status.ts";
export type { PodFacts } from "./status/pod-status.ts";
export { podStatusFrom } from "./status/pod-status-from.ts";
export type { PodStatusFromOptions } from "./status/pod-status-from.ts";
export { containerMounts } from "./volumes/container-mounts.ts";
export type { ContainerMount } from "./volumes/container-mounts.ts";
export { podVolume } from "./volumes/pod-volume.ts";
export type { EmptyDirMedium, PodVolume, RemoteKind, RemoteSources, RemoteVolume } from "./volumes/pod-volume.ts";
export { PodVolumes } from "./volumes/pod-volumes.ts";
export type { PodVolumesOptions, VolumeDirectories } from "./volumes/pod-volumes.ts";
export { writeVolume } from "./volumes/write-volume.ts";
export type { WriteVolumeOptions } from "./volumes/write-volume.ts";
