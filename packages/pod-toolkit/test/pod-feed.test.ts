import type { PodEvent, PodState } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { PodFeed } from "../src/pod-feed.ts";

const pod = (name: string, phase = "Running"): PodState => ({
  namespace: "default",
  name,
  uid: name,
  status: { phase },
});

function told(event: PodEvent): string {
  return event.type === "state"
    ? `${event.pod.name} ${event.pod.status?.phase}`
    : event.type === "gone"
      ? `${event.pod.name} gone`
      : "synced";
}

/** Reads so many events, and then leaves. */
async function read(feed: PodFeed, count: number): Promise<readonly string[]> {
  const ending = new AbortController();
  const events: string[] = [];
  for await (const event of feed.read(ending.signal)) {
    events.push(told(event));
    if (events.length === count) break;
  }
  return events;
}

describe("PodFeed", () => {
  test("tells what is there, that this is all, and then what changes", async () => {
    const feed = new PodFeed();
    feed.state(pod("a"));
    feed.state(pod("b"));
    const reading = read(feed, 5);
    await new Promise((resolve) => setImmediate(resolve));
    feed.state(pod("a", "Failed"));
    feed.gone(pod("b"));
    expect(await reading).toEqual(["a Running", "b Running", "synced", "a Failed", "b gone"]);
  });

  test("keeps only the newest state for a reader who is slow, and tells it before the end", async () => {
    const feed = new PodFeed();
    for (let index = 0; index < 1_000; index++) feed.state(pod("a", `phase ${index}`));
    feed.gone(pod("a"));
    expect(await read(feed, 3)).toEqual(["a phase 999", "a gone", "synced"]);
  });

  test("does not end a pod for a slow reader that was gone and is back", async () => {
    const feed = new PodFeed();
    feed.gone(pod("a"));
    feed.state(pod("a"));
    feed.state(pod("b"));
    expect(await read(feed, 3)).toEqual(["a Running", "b Running", "synced"]);
  });

  test("ends when it is aborted, also while there is nothing to tell", async () => {
    const ending = new AbortController();
    const events: string[] = [];
    const reading = (async () => {
      for await (const event of new PodFeed().read(ending.signal)) events.push(told(event));
    })();
    await new Promise((resolve) => setImmediate(resolve));
    ending.abort();
    await reading;
    expect(events).toEqual(["synced"]);
  });
});
