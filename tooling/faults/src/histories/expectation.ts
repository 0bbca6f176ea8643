import { type WorkEntry, doubledStarts } from "../backend/work-log.ts";

/** What may become of one UID. */
export interface Expectation {
  readonly name: string;
  /** Of a pod that ends by itself. */
  readonly exitCode?: number | undefined;
  /** Somebody has asked for its end. */
  readonly isDeleted: boolean;
}

/** What the backend's log must never hold, at any time: a second start, the end of a pod that nobody has deleted. */
export function faultsOf(log: readonly WorkEntry[], expected: ReadonlyMap<string, Expectation>): readonly string[] {
  const killed = log.filter(
    ({ event, by, uid }) =>
      event === "stopped" && (by === "request" || by === "grace") && expected.get(uid)?.isDeleted === false,
  );
  return [
    ...doubledStarts(log),
    ...killed.map(({ name, uid }) => `${name} (${uid}) was killed and nobody asked for it`),
  ];
}
