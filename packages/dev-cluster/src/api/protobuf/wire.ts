/** One field of a protobuf message: a number for the wire types of fixed or variable length, bytes for the rest. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** Takes a message apart. Throws a `RangeError` for bytes that are none. */
export function* wireFields(bytes: Buffer): Generator<WireField> {
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = Number(varint(reader));
    yield { number: tag >> 3, value: wireValue(reader, tag & 7) };
  }
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

function varint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) break;
    reader.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new RangeError(`no number at byte ${reader.at} of a protobuf message`);
}

function wireValue(reader: Reader, wireType: number): bigint | Buffer {
  if (wireType === 0) return varint(reader);
  const length = wireType === 2 ? Number(varint(reader)) : wireType === 1 ? 8 : wireType === 5 ? 4 : Number.NaN;
  const end = reader.at + length;
  if (!(length >= 0 && end <= reader.bytes.length))
    throw new RangeError(`a protobuf message is cut off at byte ${reader.at}`);
  const value = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return value;
}
