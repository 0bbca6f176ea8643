import type { Secret } from "@virtual-kubelet/kubernetes";
import { type RegistryPattern, registryPattern } from "./registry-pattern.ts";

/** One entry of a pull secret. */
export interface PullEntry {
  readonly pattern: RegistryPattern;
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
}

export interface PullEntries {
  readonly entries: readonly PullEntry[];
  /** What cannot be used of it and why. Says nothing of what is in it, registries included: people write passwords into addresses. */
  readonly problems: readonly string[];
}

type Entry = Readonly<Record<string, unknown>>;

/**
 * Reads a pull secret of either format.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/credentialprovider/secrets/secrets.go
 */
export function pullEntries({ type = "Opaque", data = {} }: Secret): PullEntries {
  const format = formats.find((each) => each.type === type);
  if (!format)
    return broken(`it is of type ${type}, and pull secrets are of ${formats.map((each) => each.type).join(" or ")}`);
  const encoded = data[format.key];
  if (!encoded) return broken(`it has nothing under ${format.key}`);
  const config = objectFrom(utf8Text(Buffer.from(encoded, "base64")) ?? "");
  const auths = config && (format.inner ? (config["auths"] ?? {}) : config);
  if (!isObject(auths)) return broken(`${format.key} is not a docker config in JSON`);
  const read = Object.entries(auths).map(([key, entry], index) =>
    entryOf(key, entry, `entry ${index + 1} of ${format.key}`),
  );
  return {
    entries: read.filter((each) => typeof each === "object"),
    problems: read.filter((each) => typeof each === "string"),
  };
}

const formats = [
  { type: "kubernetes.io/dockerconfigjson", key: ".dockerconfigjson", inner: true },
  { type: "kubernetes.io/dockercfg", key: ".dockercfg", inner: false },
] as const;

/** A sentence when it cannot be used; nothing when it says nothing, as those of tools that keep passwords elsewhere. */
function entryOf(key: string, entry: unknown, where: string): PullEntry | string | undefined {
  if (!isObject(entry)) return `${where} is no object`;
  const auth = textIn(entry, "auth");
  const login =
    auth === undefined
      ? { username: textIn(entry, "username"), password: textIn(entry, "password") }
      : decodedLogin(auth);
  if (typeof login === "string") return `${where} has an auth that ${login}`;
  const identityToken = textIn(entry, "identitytoken") ?? textIn(entry, "identityToken");
  const { username } = login;
  // Where there is a token, the place of the password is empty.
  const password = identityToken === undefined ? login.password : login.password || undefined;
  if (username === undefined && password === undefined && identityToken === undefined) return undefined;
  return {
    pattern: registryPattern(key),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
  };
}

interface Login {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A password may have colons. Base64 of any kind: with and without padding, also the kind for URLs, also over several lines. */
function decodedLogin(auth: string): Login | string {
  const base64 = auth.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)) return "is not base64";
  const text = utf8Text(Buffer.from(base64, "base64"));
  const colon = text?.indexOf(":");
  if (text === undefined || colon === undefined || colon < 0)
    return "is not base64 of a user and a password with a colon between them";
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Absent and empty are the same. */
function textIn(entry: Entry, field: string): string | undefined {
  const value = entry[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function objectFrom(json: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    // What a parser says of it shows what is in it.
    return undefined;
  }
}

function isObject(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function broken(problem: string): PullEntries {
  return { entries: [], problems: [problem] };
}
