import type { ClusterDns } from "@virtual-kubelet/controllers";
import type { KubeletApiSettings } from "./open-kubelet-api.ts";

const minuteMs = 60_000;

/**
 * What `/configz` shows of a node: the settings in the words of `kubelet.config.k8s.io/v1beta1`, defaults filled in. Neither a
 * certificate nor a key is among them.
 */
export function shownConfiguration(
  settings: KubeletApiSettings,
  clusterDns?: ClusterDns,
): Readonly<Record<string, unknown>> {
  const { certificate, servingCertificateFolder, logDirectory } = settings;
  return {
    enableServer: true,
    address: settings.address ?? "0.0.0.0",
    port: settings.port ?? 10_250,
    serverTLSBootstrap: servingCertificateFolder !== undefined && certificate === undefined,
    tlsMinVersion: "VersionTLS12",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true, cacheTTL: goDuration(settings.tokenTtlMs ?? 2 * minuteMs) },
    },
    authorization: {
      mode: "Webhook",
      webhook: {
        cacheAuthorizedTTL: goDuration(settings.allowedTtlMs ?? 5 * minuteMs),
        cacheUnauthorizedTTL: goDuration(settings.deniedTtlMs ?? minuteMs / 2),
      },
    },
    streamingConnectionIdleTimeout: goDuration(settings.idleTimeoutMs ?? 4 * 60 * minuteMs),
    ...(clusterDns ? { clusterDomain: clusterDns.domain, clusterDNS: clusterDns.addresses } : {}),
    enableSystemLogHandler: logDirectory !== undefined,
    enableDebuggingHandlers: true,
  };
}

/** As Go writes a duration: `4h0m0s`, `30s`, `1.5s`. What has no end is `0s`, as kubelet's settings have it. */
export function goDuration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return "0s";
  const hours = Math.floor(ms / (60 * minuteMs));
  const minutes = Math.floor(ms / minuteMs) % 60;
  const seconds = (ms % minuteMs) / 1000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
