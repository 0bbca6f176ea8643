import { assert, constantFrom, nat, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "../../src/web-socket/channel-frame.ts";
import { channelProtocols, chooseChannelProtocol } from "../../src/web-socket/channel-protocol.ts";

const protocol = constantFrom(...channelProtocols);

describe("channel frames", () => {
  it("are read as they were written", () => {
    assert(
      property(protocol, nat(4), uint8Array(), (spoken, channel, payload) => {
        const frame = Buffer.from(encodeFrame(channel, payload, spoken) as Buffer);
        const read = decodeFrame(frame, spoken);
        expect(read).toMatchObject({ type: "data", channel });
        expect(Buffer.from((read as { payload: Uint8Array }).payload)).toEqual(Buffer.from(payload));
      }),
    );
  });

  it("never throw, whatever the bytes are, and give no channel that there is not", () => {
    assert(
      property(protocol, uint8Array(), (spoken, bytes) => {
        const read = decodeFrame(bytes, spoken);
        return !("channel" in read) || (read.channel >= 0 && read.channel <= 4);
      }),
    );
  });

  it.each([
    ["v5.channel.k8s.io", [255, 0], "close"],
    ["v5.channel.k8s.io", [255], "invalid"],
    ["v5.channel.k8s.io", [255, 0, 0], "invalid"],
    ["v4.channel.k8s.io", [255, 0], "invalid"],
    ["v4.channel.k8s.io", [5], "invalid"],
    ["v4.channel.k8s.io", [], "empty"],
    ["base64.channel.k8s.io", "0aGk=", "data"],
    ["base64.channel.k8s.io", "0aGk", "invalid"],
    ["base64.channel.k8s.io", "0aG*=", "invalid"],
  ])("in %s, %j is %s", (name, bytes, type) => {
    const spoken = channelProtocols.find((candidate) => candidate.name === name)!;
    expect(decodeFrame(Buffer.from(bytes as string), spoken).type).toBe(type);
  });
});

describe("the choice of a protocol", () => {
  it.each([
    [undefined, ""],
    ["v4.channel.k8s.io", "v4.channel.k8s.io"],
    ["channel.k8s.io, v4.channel.k8s.io,v5.channel.k8s.io", "v5.channel.k8s.io"],
    ["v9.channel.k8s.io", undefined],
    ["", undefined],
  ])("from %j is %j: ours, not the client's order, decides", (offered, chosen) => {
    expect(chooseChannelProtocol(offered)?.name).toBe(chosen);
  });
});
