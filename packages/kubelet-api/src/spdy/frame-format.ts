/** SPDY/3.1 says 3 on the wire. */
export const spdyVersion = 3;

export const controlTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const controlFlags = { fin: 1 } as const;

/** Why a stream is reset. */
export const resetStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5 } as const;

/** Why a connection ends. */
export const goAwayStatus = { ok: 0, protocolError: 1 } as const;

/** What goes before a data frame's payload. Longer ones have to be cut: a length has 24 bits. */
export function dataHead(streamId: number, length: number, fin: boolean): Buffer {
  return words(streamId, (fin ? controlFlags.fin << 24 : 0) + length);
}

export function synReplyFrame(streamId: number, block: Uint8Array): Buffer {
  const body = Buffer.alloc(4 + block.length);
  body.writeUInt32BE(streamId, 0);
  body.set(block, 4);
  return controlFrame(controlTypes.synReply, body);
}

export function rstStreamFrame(streamId: number, status: number): Buffer {
  return controlFrame(controlTypes.rstStream, words(streamId, status));
}

export function pingFrame(id: number): Buffer {
  return controlFrame(controlTypes.ping, words(id));
}

export function goAwayFrame(lastStreamId: number, status: number): Buffer {
  return controlFrame(controlTypes.goAway, words(lastStreamId, status));
}

function controlFrame(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([words(0x8000_0000 + spdyVersion * 0x1_0000 + type, body.length), body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
