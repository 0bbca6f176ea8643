import type { VolumeFiles } from "@virtual-kubelet/provider";
import { expect } from "vitest";
import { eventually } from "./cluster-with-node.ts";

/** What a volume has had, value by value. */
export class FollowedVolume {
  readonly values: Readonly<Record<string, string>>[] = [];
  readonly ended: Promise<void>;
  isEnded = false;

  constructor(contents: AsyncIterable<VolumeFiles>) {
    this.ended = this.#follow(contents).finally(() => (this.isEnded = true));
    this.ended.catch(() => undefined);
  }

  async #follow(contents: AsyncIterable<VolumeFiles>): Promise<void> {
    for await (const { files } of contents)
      this.values.push(Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()])));
  }
}

/** Waits until the volume has had exactly these contents. */
export async function untilHad(
  volume: FollowedVolume,
  values: readonly Readonly<Record<string, string>>[],
): Promise<void> {
  await eventually(() => expect(volume.values).toEqual(values));
}
