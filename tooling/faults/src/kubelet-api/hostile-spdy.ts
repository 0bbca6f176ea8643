import { constants, deflateRawSync, deflateSync } from "node:zlib";
import {
  controlFrame,
  dataFrame,
  frameTypes,
  headerDictionary,
  lengthPrefixed,
  uint32,
} from "@virtual-kubelet/stream-load";

/** What breaks SPDY, behind the streams of a command. */
export interface HostileSpdy {
  readonly what: string;
  readonly said: Buffer;
  /** Whether it is said again and again. */
  readonly isFlood?: boolean;
}

const [headers, windowUpdate] = [8, 9];
const huge = 2 ** 31;

const blocks = ["error", "stdin", "stdout"].map((type) =>
  Buffer.concat([uint32(1), lengthPrefixed("streamtype"), lengthPrefixed(type)]),
);
const nextId = 2 * blocks.length + 1;

/** The streams of a command with input and output: numbers 1, 3 and 5. */
export const firstStreams: Buffer = Buffer.concat(
  blocks.map((block, index) => synStream(2 * index + 1, compressed(block, blocks.slice(0, index)))),
);

function synStream(id: number, block: Buffer): Buffer {
  return controlFrame(frameTypes.synStream, Buffer.concat([uint32(id, 0), Buffer.alloc(2), block]));
}

/** All blocks of a connection are one compressed text. */
function compressed(block: Buffer, before: readonly Buffer[]): Buffer {
  const dictionary = Buffer.concat([headerDictionary, ...before]);
  const options = { dictionary, finishFlush: constants.Z_SYNC_FLUSH };
  return before.length === 0 ? deflateSync(block, options) : deflateRawSync(block, options);
}

/** A further stream, whose headers are these bytes. */
function streamOf(block: Buffer): Buffer {
  return synStream(nextId, compressed(block, blocks));
}

function oneHeader(nameBytes: number, valueBytes: number): Buffer {
  return Buffer.concat([uint32(1, nameBytes), Buffer.from("a"), uint32(valueBytes), Buffer.from("b")]);
}

export const hostileSpdy: readonly HostileSpdy[] = [
  { what: "SETTINGS that count 2^31", said: controlFrame(frameTypes.settings, uint32(huge, 0, 0)) },
  { what: "2^31 headers", said: streamOf(uint32(huge)) },
  { what: "a header's name of 2^31 bytes", said: streamOf(oneHeader(huge, 1)) },
  { what: "a header's value of 2^31 bytes", said: streamOf(oneHeader(1, huge)) },
  { what: "headers that expand from 10 KB to 10 MB", said: streamOf(Buffer.alloc(10_000_000)) },
  { what: "headers of no stream", said: controlFrame(headers, Buffer.concat([uint32(99), Buffer.alloc(40, 0xff)])) },
  { what: "version 4", said: Buffer.from([0x80, 4, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]) },
  { what: "a control frame of 16 MB", said: uint32(0x8003_0001, 0xff_ffff) },
  { what: "a stream that is used already", said: synStream(1, Buffer.alloc(0)) },
  { what: "data of no stream", said: dataFrame(99, Buffer.from("x")) },
  { what: "a window update that is none", said: controlFrame(windowUpdate, uint32(1)) },
  { what: "a flood of RST", said: flood(controlFrame(frameTypes.rstStream, uint32(99, 5))), isFlood: true },
  { what: "a flood of PING", said: flood(controlFrame(frameTypes.ping, uint32(1))), isFlood: true },
  { what: "a flood of empty data", said: flood(dataFrame(1, Buffer.alloc(0))), isFlood: true },
];

/** Windows are not kept to, and so cannot be overrun: all of this does nothing. */
export const wideWindows: Buffer = flood(controlFrame(windowUpdate, uint32(1, huge - 1)));

function flood(frame: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: 1000 }, () => frame));
}
