import type { ApiRequest, Match } from "./api-request.ts";

interface Hold {
  readonly is: Match;
  readonly at: "request" | "answer";
  readonly met: () => void;
}

/** Requests that are to be held once, each at one of two moments. */
export class Holds {
  readonly #waiting = new Set<Hold>();

  /** Of the next such request; resolves once it has come that far. */
  add(is: Match, at: Hold["at"]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add({ is, at, met: resolve });
    return promise;
  }

  /** Whether this is such a request, and has come that far. */
  meet(request: ApiRequest, at: Hold["at"]): boolean {
    const hold = [...this.#waiting].find((each) => each.at === at && each.is(request));
    if (!hold) return false;
    this.#waiting.delete(hold);
    hold.met();
    return true;
  }
}
