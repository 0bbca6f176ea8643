import type { TerminalSize } from "@virtual-kubelet/provider";

const longestMessage = 1024;
const message = /\{[^{}]*\}/g;

/**
 * Reads the resize stream: JSON objects `{"Width":101,"Height":33}`, one after the other, cut anywhere. What is not a size
 * is passed over, as is a size without extent, which terminals send while they are being set up.
 */
export class TerminalSizeReader {
  readonly #decoder = new TextDecoder();
  #pending = "";

  push(bytes: Uint8Array): readonly TerminalSize[] {
    this.#pending += this.#decoder.decode(bytes, { stream: true });
    const found = [...this.#pending.matchAll(message)];
    const last = found.at(-1);
    if (last) this.#pending = this.#pending.slice(last.index + last[0].length);
    if (this.#pending.length > longestMessage) this.#pending = "";
    return found.map(([text]) => parseSize(text)).filter((size) => size !== undefined);
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as {
      readonly Width?: unknown;
      readonly Height?: unknown;
    };
    return isExtent(columns) && isExtent(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

function isExtent(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 0xffff;
}
