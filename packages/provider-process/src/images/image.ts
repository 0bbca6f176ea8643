/** What an image is on this node. */
export interface Image {
  /** A directory that its containers see as their root, and never write to; absent: they see the host. */
  readonly root?: string | undefined;
  /** What is run where a container says no command. */
  readonly command?: readonly string[] | undefined;
  /** The arguments where a container says neither command nor arguments. */
  readonly args?: readonly string[] | undefined;
  /** Variables that the pod's own come before. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly workingDirectory?: string | undefined;
  /** `<user>` or `<user>:<group>`, each a number, or a name that the root's own /etc/passwd and /etc/group know. */
  readonly user?: string | undefined;
}

/** By name, or by a pattern that ends with a star. */
export type Images = Readonly<Record<string, Image>>;

/**
 * What a name stands for: the entry of just this name, then of the name without digest, and without tag, then the longest
 * `<prefix>/*`, then `*`. `undefined`: nothing is said of it.
 */
export function findImage(images: Images, name: string): Image | undefined {
  const withoutDigest = name.replace(/@[^/]*$/, "");
  const exact = [name, withoutDigest, withoutDigest.replace(/:[^:/]*$/, "")];
  const patterns = Object.keys(images)
    .filter((key) => key.endsWith("/*") && name.startsWith(key.slice(0, -1)))
    .toSorted((a, b) => b.length - a.length);
  const found = [...exact, ...patterns, "*"].find((key) => Object.hasOwn(images, key));
  return found === undefined ? undefined : images[found];
}
