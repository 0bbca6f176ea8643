/** The parts of an image's name, filled in. */
export interface ImageReference {
  /** Host and port: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
  /** `latest` when the name has neither tag nor digest. */
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/** Where images come from that name no registry; that of its index is the same. */
export const defaultRegistry = "docker.io";

const maxNameLength = 255;
const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const repositoryPattern = new RegExp(`^${part}(?:/${part})*$`);
const registryPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]+)?$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$/;

/**
 * Reads the name of an image as container runtimes do; `undefined` when it is none.
 *
 * @see https://github.com/distribution/reference/blob/main/normalize.go
 */
export function imageReference(image: string): ImageReference | undefined {
  const [tagged = "", digest, ...rest] = image.split("@");
  const colon = tagged.lastIndexOf(":");
  const hasTag = colon > tagged.lastIndexOf("/");
  const tag = hasTag ? tagged.slice(colon + 1) : undefined;
  const name = hasTag ? tagged.slice(0, colon) : tagged;
  if (rest.length > 0 || (digest !== undefined && !digestPattern.test(digest))) return undefined;
  if (tag !== undefined && !tagPattern.test(tag)) return undefined;
  // A name that could be an image's ID is taken by nobody for a name.
  if (name.length > maxNameLength || /^[a-f0-9]{64}$/.test(name)) return undefined;
  const { registry, repository } = placeOf(name);
  if (!registryPattern.test(registry) || !repositoryPattern.test(repository)) return undefined;
  const version = tag === undefined && digest === undefined ? "latest" : tag;
  return {
    registry,
    repository,
    ...(version === undefined ? {} : { tag: version }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function placeOf(name: string): Pick<ImageReference, "registry" | "repository"> {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const registry = isHost && first !== `index.${defaultRegistry}` ? first : defaultRegistry;
  const path = isHost ? name.slice(slash + 1) : name;
  return { registry, repository: registry === defaultRegistry && !path.includes("/") ? `library/${path}` : path };
}
