import type { Faults } from "@virtual-kubelet/provider-testkit";
import type { FakeNomad } from "../fake-nomad.ts";
import { type FakeCall, Refusal, answer } from "./reply.ts";

interface FaultEnd {
  end(): Promise<void>;
}

/** What can be made to go wrong with the fake. */
export class FakeFaults {
  readonly #fake: FakeNomad;
  #retryAfterMs: number | undefined;
  #isHanging = false;
  #isWatchLost = false;
  readonly #hung = new Set<FakeCall["response"]>();
  readonly streams = new Set<FakeCall["response"]>();
  isPartial = false;
  /** Of which path it is said that no client can be reached. */
  away: string | undefined;
  /** What the paths begin with that a gateway before Nomad does not know. */
  lost: string | undefined;

  constructor(fake: FakeNomad) {
    this.#fake = fake;
  }

  /** Whether a request is answered by the fault, if at all. */
  strikes({ path, response }: FakeCall): boolean {
    if (this.#retryAfterMs !== undefined) {
      const seconds = String(Math.ceil(this.#retryAfterMs / 1000));
      answer.words(response, new Refusal(429, "Your IP is issuing too many concurrent connections"), {
        "retry-after": seconds,
      });
      return true;
    }
    if (this.#isHanging) {
      this.#hung.add(response);
      return true;
    }
    if (path === this.away) {
      answer.words(response, new Refusal(500, "No path to node"));
      return true;
    }
    if (this.lost !== undefined && path.startsWith(this.lost)) {
      answer.words(response, new Refusal(404, "<html><h1>404 Not Found</h1></html>"));
      return true;
    }
    if (path !== "/v1/event/stream") return false;
    if (this.#isWatchLost) response.destroy();
    else this.streams.add(response);
    return this.#isWatchLost;
  }

  /** As the suite takes them. */
  get all(): Faults {
    return {
      throttle: (asked) => this.throttle(asked),
      unreachable: () => this.unreachable(),
      hang: () => this.hang(),
      partialList: () => this.partialList(),
      loseWatch: () => this.loseWatch(),
    };
  }

  throttle({ retryAfterMs }: { readonly retryAfterMs: number }): FaultEnd {
    this.#retryAfterMs = retryAfterMs;
    return { end: async () => void (this.#retryAfterMs = undefined) };
  }

  async unreachable(): Promise<FaultEnd> {
    await this.#fake.close();
    let isOver = false;
    return {
      end: async () => {
        if (!isOver) await this.#fake.listen();
        isOver = true;
      },
    };
  }

  hang(): FaultEnd {
    this.#isHanging = true;
    return {
      end: async () => {
        this.#isHanging = false;
        for (const response of this.#hung) response.destroy();
      },
    };
  }

  partialList(): FaultEnd {
    this.isPartial = true;
    return { end: async () => void (this.isPartial = false) };
  }

  /** What happens meanwhile is in no stream, not even in a later one. */
  loseWatch(): FaultEnd {
    this.#isWatchLost = true;
    for (const response of this.streams) response.destroy();
    return {
      end: async () => {
        this.#isWatchLost = false;
        this.#fake.state.buffer.length = 0;
      },
    };
  }
}
