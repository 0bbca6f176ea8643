import type { Lease, LeaseSpec, OwnerReference } from "@virtual-kubelet/kubernetes";

/** What a candidate has seen of the lease. */
export interface Sighting {
  /** As it is stored; absent: there is none. */
  readonly lease: Lease | undefined;
  /** Who may act by it; absent: nobody. */
  readonly claim: Claim | undefined;
  /** Since when the claim is known as it is, by the candidate's own clock. Milliseconds. */
  readonly sinceMs: number;
}

export interface Claim {
  readonly holder: string;
  /** How long it holds without being renewed. */
  readonly durationMs: number;
}

/** Who claims a lease, and how it is to look then. */
export interface Claimant {
  readonly identity: string;
  readonly durationMs: number;
}

/**
 * The claim is as old as the version of the lease that was first seen with it: when it was renewed is not read from the lease,
 * for that is the time of another host. A lease that somebody deletes under its holder is claimed as before, until that one
 * knows.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection, on clock skew
 */
export function sighted(before: Sighting | undefined, lease: Lease | undefined, nowMs: number): Sighting {
  if (!lease && before?.claim) return { ...before, lease };
  const isUnchanged = before?.lease !== undefined && versionOf(before.lease) === versionOf(lease);
  return isUnchanged ? before : { lease, claim: claimOf(lease), sinceMs: nowMs };
}

/** How long the claimant has to wait before it may claim the lease. Milliseconds; 0 is at once. */
export function waitMs({ claim, sinceMs }: Sighting, { identity }: Claimant, nowMs: number): number {
  if (!claim || claim.holder === identity) return 0;
  return Math.max(0, sinceMs + claim.durationMs - nowMs);
}

interface LeaseGuard {
  readonly resourceVersion?: string;
}

/** What a claimant writes. */
export interface LeaseClaim {
  readonly metadata: LeaseGuard & { readonly ownerReferences?: readonly OwnerReference[] };
  readonly spec: LeaseSpec;
}

/** A merge patch by which the claimant holds the lease, good for this very version of it; without one, the lease to create. */
export function claimed(
  lease: Lease | undefined,
  { identity, durationMs }: Claimant,
  { owner, now }: { readonly owner?: OwnerReference | undefined; readonly now: Date },
): LeaseClaim {
  // For the control plane only a later time is a sign of life, whatever the clock of the last holder said, or ours.
  const lastMs = Date.parse(lease?.spec?.renewTime ?? "");
  const renewTime = microTime(lastMs >= now.getTime() ? new Date(lastMs + 1) : now);
  const { holderIdentity, leaseTransitions = 0 } = lease?.spec ?? {};
  const isNew = holderIdentity !== identity;
  return {
    metadata: {
      ...guardOf(lease),
      ...(owner ? { ownerReferences: [owner] } : {}),
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1_000),
      renewTime,
      ...(isNew ? { acquireTime: renewTime, leaseTransitions: lease ? leaseTransitions + 1 : 0 } : {}),
    },
  };
}

/** A merge patch by which nobody holds the lease. The sign of life in it stays as it is: it would be nobody's. */
export function released(lease: Lease): {
  readonly metadata: LeaseGuard;
  readonly spec: { readonly holderIdentity: null };
} {
  return { metadata: guardOf(lease), spec: { holderIdentity: null } };
}

export function holderOf(lease: Lease | undefined): string | undefined {
  return lease?.spec?.holderIdentity || undefined;
}

/** Kubernetes' MicroTime: exactly six digits, or the API server refuses it. */
export function microTime(now: Date): string {
  return now.toISOString().replace("Z", "000Z");
}

/** What a claim without a duration is good for: that of a node's lease, the longest that there is here. */
const unsaidDurationSeconds = 40;

function claimOf(lease: Lease | undefined): Claim | undefined {
  const holder = holderOf(lease);
  if (holder === undefined) return undefined;
  return { holder, durationMs: (lease?.spec?.leaseDurationSeconds ?? unsaidDurationSeconds) * 1_000 };
}

/** With it a write is a `Conflict` when the lease is not that very version any more. */
function guardOf(lease: Lease | undefined): LeaseGuard {
  const version = versionOf(lease);
  return version === undefined ? {} : { resourceVersion: version };
}

function versionOf(lease: Lease | undefined): string | undefined {
  return lease?.metadata.resourceVersion;
}
