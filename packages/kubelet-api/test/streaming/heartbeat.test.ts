import { describe, expect, it } from "vitest";
import { Heartbeat, type Peer } from "../../src/streaming/heartbeat.ts";
import { eventually } from "../kubelet.ts";

/** A client that says nothing and takes what there is, on a host that is there. */
class SilentPeer implements Peer {
  bytesRead = 0;
  bytesPending = 0;
  isHeldUp = false;
  isHostGone = false;
  pings = 0;
  expired: Error | undefined;

  ping(): void {
    this.pings += 1;
  }

  async hostIsGone(): Promise<boolean> {
    return this.isHostGone;
  }
}

function watched(peer: SilentPeer): Heartbeat {
  const beat = new Heartbeat(peer, {
    pingMs: 5,
    idleMs: 60_000,
    expire: (reason) => {
      peer.expired ??= reason;
      beat[Symbol.dispose]();
    },
  });
  return beat;
}

describe("a client that is asked whether it is there", () => {
  it("is ended when it has carried nothing for as long as it may, and not at the next question only", async () => {
    const idle = Promise.withResolvers<number>();
    const startedAt = performance.now();
    const beat = new Heartbeat(new SilentPeer(), {
      pingMs: 60_000,
      idleMs: 100,
      expire: () => idle.resolve(performance.now() - startedAt),
    });
    setTimeout(() => beat.active(), 50);
    expect(await idle.promise).toBeGreaterThanOrEqual(149);
    beat[Symbol.dispose]();
  });

  it("may be silent for long while its host is there: what it was sent may still be on its way, or it only pauses", async () => {
    const peer = new SilentPeer();
    using _beat = watched(peer);
    await eventually(() => peer.pings >= 20);
    expect(peer.expired).toBeUndefined();
    await eventually(() => peer.expired !== undefined);
    expect([peer.expired?.message, peer.pings]).toEqual(["The client is gone.", 39]);
  });

  it.each([
    ["is silent", {}],
    ["is held up", { isHeldUp: true }],
    ["has output waiting", { bytesPending: 100 }],
  ])("is gone with its host when it %s", async (_, state) => {
    const peer = Object.assign(new SilentPeer(), state);
    using _beat = watched(peer);
    await eventually(() => peer.pings >= 2);
    expect(peer.expired).toBeUndefined();
    peer.isHostGone = true;
    await eventually(() => peer.expired !== undefined);
    expect(peer.expired?.message).toBe("The client's host does not answer.");
    expect(peer.pings).toBeLessThan(30);
  });

  it.each([
    ["sends", (peer: SilentPeer) => (peer.bytesRead += 1)],
    ["takes what waits", (peer: SilentPeer) => (peer.bytesPending -= 1)],
  ])("is there for as long as it %s", async (_, act) => {
    const peer = Object.assign(new SilentPeer(), { bytesPending: 1e6 });
    peer.ping = () => {
      peer.pings += 1;
      act(peer);
    };
    using _beat = watched(peer);
    await eventually(() => peer.pings > 60);
    expect(peer.expired).toBeUndefined();
  });
});
