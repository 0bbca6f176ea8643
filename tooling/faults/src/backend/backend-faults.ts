/** What the backend can be told to do wrong, by the verb of the call that meets it. */
export interface BackendFault {
  readonly verb: "create" | "update" | "delete" | "get" | "list" | "watch" | "ping" | "any";
  /**
   * `error`: answered with `status`. `hang`: never answered. `late`: done, but the answer never comes. `slow`: begun after `ms`,
   * whoever waits for it. `busy`: takes `ms`, and is refused while `limit` others are under way.
   * Of a list: `empty`; `cut`: its second page fails; `frozen`: as it was when the fault was set. Of a watch: `silent` and `ended`;
   * `replayed`: tells old states again; `dropped`: leaves some out, and ends soon after.
   */
  readonly kind:
    | "error"
    | "hang"
    | "late"
    | "slow"
    | "busy"
    | "empty"
    | "cut"
    | "frozen"
    | "silent"
    | "ended"
    | "replayed"
    | "dropped";
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly ms?: number;
  readonly limit?: number;
  /** Of calls that it could meet, how many it does: between 0 and 1; 1 when absent. Chance leaves a pod alone after four in a row. */
  readonly share?: number;
  /** How many calls it meets before it is over; for ever when absent. */
  readonly times?: number;
  /** Only calls for the pod of this name. */
  readonly pod?: string;
}

const mostInARow = 4;

/** The faults that are set, in their order: the first that fits is met. */
export class BackendFaults {
  readonly #inARow = new Map<string, number>();
  #faults: { readonly fault: BackendFault; left: number }[] = [];

  set(faults: readonly BackendFault[]): void {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Infinity }));
  }

  met(verb: BackendFault["verb"], pod?: string): BackendFault | undefined {
    const found = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.verb === verb || fault.verb === "any") &&
        (fault.pod === undefined || fault.pod === pod) &&
        this.#isHit(`${verb} ${pod ?? ""}`, fault.share),
    );
    if (found) found.left--;
    return found?.fault;
  }

  #isHit(call: string, share: number | undefined): boolean {
    if (share === undefined) return true;
    const before = this.#inARow.get(call) ?? 0;
    const isHit = before < mostInARow && Math.random() < share;
    this.#inARow.set(call, isHit ? before + 1 : 0);
    return isHit;
  }
}
