import { type ImageReference, defaultRegistry } from "./image-reference.ts";

/** For which images a credential is: those of a host, or of hosts by `*`, whose path begins so. */
export interface RegistryPattern {
  /** `registry.example`, `*.example`. */
  readonly host: string;
  readonly port: string;
  /** With a slash before it, or empty. */
  readonly path: string;
  /** Whether it calls the default registry by another name, which counts for less than its own. */
  readonly isAlias: boolean;
}

/** What the default registry is called beside its name. */
const aliases: ReadonlySet<string> = new Set(["index.docker.io", "registry-1.docker.io"]);

/**
 * Reads a key of a docker config: `registry.example`, `https://registry.example:5000/team`, `*.example`, `https://index.docker.io/v1/`.
 *
 * @see https://kubernetes.io/docs/concepts/containers/images/#config-json
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/credentialprovider/keyring.go (`BasicDockerKeyring.Add`)
 */
export function registryPattern(key: string): RegistryPattern {
  const [, address = "", path = ""] = /^(?:https?:\/\/)?(?:[^/@]*@)?([^/]*)(.*)$/s.exec(key) ?? [];
  const [host, port] = hostAndPort(address);
  const isAlias = aliases.has(host);
  return {
    host: isAlias ? defaultRegistry : host,
    port,
    path: path.replace(/^\/v[12](?=\/|$)/, "").replace(/^\/$/, ""),
    isAlias,
  };
}

/**
 * Whether a credential is for an image. The path is a prefix, letter by letter: that of `registry.example/team` is for
 * `registry.example/teams/app` too, as with a kubelet.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/credentialprovider/keyring.go (`URLsMatch`)
 */
export function isFor(pattern: RegistryPattern, { registry, repository }: ImageReference): boolean {
  const [host, port] = hostAndPort(registry);
  if (pattern.port !== port || !`/${repository}`.startsWith(pattern.path)) return false;
  const patterns = pattern.host.split(".");
  const labels = host.split(".");
  return patterns.length === labels.length && patterns.every((each, index) => matches(each, labels[index] ?? ""));
}

/**
 * The more specific first: of two that are for the same image that is the one with the longer path, and a name before `*`.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/credentialprovider/keyring.go (its index is sorted backwards)
 */
export function bySpecificity(a: RegistryPattern, b: RegistryPattern): number {
  if (a.isAlias !== b.isAlias) return a.isAlias ? 1 : -1;
  const [first, second] = [textOf(a), textOf(b)];
  return first === second ? 0 : first > second ? -1 : 1;
}

function textOf({ host, port, path }: RegistryPattern): string {
  return `${host}${port && `:${port}`}${path}`;
}

function hostAndPort(address: string): readonly [host: string, port: string] {
  const [, host = address, port = ""] = /^(\[[^\]]*\]|[^:]*):(\d*)$/.exec(address) ?? [];
  return [host, port];
}

/**
 * `*` stands for any characters of one part of a name, `?` for one. Without backtracking into an earlier `*`, which many of them
 * would make slow.
 */
function matches(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let index = 0; index < text.length;) {
    if (pattern[at] === "*") {
      [star, resume] = [at++, index];
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      [at, index] = [star + 1, ++resume];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
