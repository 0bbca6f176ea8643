import { performance } from "node:perf_hooks";
import { SpdyError } from "./spdy-error.ts";

/** Each forwarded connection costs a client some four control frames; this lets it open a thousand in a second. */
const perSecond = 5_000;
const most = 20_000;

/** How many frames that carry no data a client may still send: questions and resets cost it less than they cost us. */
export class FrameAllowance {
  #left = most;
  #refilledAt = performance.now();

  /** @throws {SpdyError} when a client sends more of them than any use of the protocol needs. */
  spend(): void {
    this.#left -= 1;
    if (this.#left >= 0) return;
    const now = performance.now();
    this.#left = Math.min(((now - this.#refilledAt) / 1000) * perSecond, most) - 1;
    this.#refilledAt = now;
    if (this.#left < 0) throw new SpdyError("more control frames than anybody needs");
  }
}
