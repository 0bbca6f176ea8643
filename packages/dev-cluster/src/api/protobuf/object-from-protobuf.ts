import type { JsonObject } from "../request.ts";
import { fieldTypes } from "../validation/generated/field-types.ts";
import { fieldNumbers } from "./generated/field-numbers.ts";
import { wireFields } from "./wire.ts";

/** What clients send besides objects that are stored. */
const requestTypes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Eviction: { metadata: "ObjectMeta", deleteOptions: "DeleteOptions" },
  DeleteOptions: {
    gracePeriodSeconds: "number",
    preconditions: "Preconditions",
    orphanDependents: "boolean",
    propagationPolicy: "string",
    dryRun: "[string]",
  },
  Preconditions: { uid: "string", resourceVersion: "string" },
};

/** Go writes these also when they are not set; their zero means absence. Where a zero is a value of its own, Go leaves out what is not set. */
const zeroIsAbsence = new Set(
  "timeoutSeconds periodSeconds successThreshold failureThreshold initialDelaySeconds hostPort nodePort healthCheckNodePort generation count minReadySeconds observedGeneration stdin stdinOnce tty hostNetwork hostPID hostIPC readOnly paused unschedulable publishNotReadyAddresses".split(
    " ",
  ),
);

const magic = Buffer.from("k8s\0");

/**
 * The JSON of an object that a client has sent as `application/vnd.kubernetes.protobuf`, which kubectl's generators (`create deployment`) and
 * other typed Go clients do. Fields that this server does not know are dropped. Throws a `RangeError` for anything else.
 */
export function objectFromProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(magic)) throw new RangeError("the body does not begin as Kubernetes' protobuf does");
  const envelope = bytesByNumber(body.subarray(4));
  const type = bytesByNumber(envelope.get(1) ?? Buffer.alloc(0));
  const apiVersion = type.get(1)?.toString() ?? "";
  const kind = type.get(2)?.toString() ?? "";
  return { apiVersion, kind, ...message(envelope.get(2) ?? Buffer.alloc(0), kind, kind) };
}

function bytesByNumber(bytes: Buffer): ReadonlyMap<number, Buffer> {
  return new Map(
    [...wireFields(bytes)].flatMap(({ number, value }) =>
      typeof value === "bigint" ? [] : [[number, value] as const],
    ),
  );
}

/** `owner` is the type whose JSON has the fields: another one for a message that Go embeds. */
function message(bytes: Buffer, name: string, owner: string): JsonObject {
  const slots = fieldNumbers[name]?.split(" ") ?? [];
  const types = fieldTypes[owner] ?? requestTypes[owner] ?? {};
  const result: Record<string, unknown> = {};
  for (const { number, value } of wireFields(bytes)) {
    const slot = slots[number - 1] ?? "-";
    if (slot.startsWith(">")) Object.assign(result, message(asBytes(value), slot.slice(1), owner));
    const [field = "", form] = slot.split(":");
    const type = types[field];
    if (type === undefined) continue;
    if (type.startsWith("["))
      result[field] = [
        ...((result[field] as readonly unknown[] | undefined) ?? []),
        plain(value, type.slice(1, -1), form),
      ];
    else if (type.startsWith("{"))
      result[field] = {
        ...(result[field] as object | undefined),
        ...mapEntry(asBytes(value), type.slice(1, -1), form),
      };
    else if (!isAbsent(field, plain(value, type, form))) result[field] = plain(value, type, form);
  }
  return result;
}

function isAbsent(field: string, value: unknown): boolean {
  return value === "" || value === undefined || (zeroIsAbsence.has(field) && (value === 0 || value === false));
}

function mapEntry(bytes: Buffer, type: string, form: string | undefined): JsonObject {
  const fields = new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));
  const key = asBytes(fields.get(1) ?? Buffer.alloc(0)).toString();
  return { [key]: plain(fields.get(2) ?? Buffer.alloc(0), type, form) };
}

function plain(value: bigint | Buffer, type: string, form: string | undefined): unknown {
  if (form === "bytes") return asBytes(value).toString("base64");
  if (form === "time") return timeOf(asBytes(value));
  if (form === "quantity") return bytesByNumber(asBytes(value)).get(1)?.toString() ?? "";
  if (form === "json") return JSON.parse(bytesByNumber(asBytes(value)).get(1)?.toString() || "{}");
  if (form === "intOrString") return intOrString(asBytes(value));
  if (type === "number") return Number(value);
  if (type === "boolean") return value === 1n;
  return type === "string" ? asBytes(value).toString() : message(asBytes(value), type, type);
}

function asBytes(value: bigint | Buffer): Buffer {
  return typeof value === "bigint" ? Buffer.alloc(0) : value;
}

/** A time that is not set has no seconds. */
function timeOf(bytes: Buffer): string | undefined {
  const [seconds, nanos] = [1, 2].map(
    (number) => [...wireFields(bytes)].find((field) => field.number === number)?.value,
  );
  if (typeof seconds !== "bigint") return undefined;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const micros = Number(nanos ?? 0n) / 1000;
  return micros === 0 ? `${whole}Z` : `${whole}.${String(Math.trunc(micros)).padStart(6, "0")}Z`;
}

function intOrString(bytes: Buffer): string | number {
  const fields = new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));
  return fields.get(1) === 1n ? asBytes(fields.get(3) ?? Buffer.alloc(0)).toString() : Number(fields.get(2) ?? 0n);
}
