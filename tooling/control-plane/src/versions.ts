/** The release that is meant when only a minor version is named: the newest of each whose modules the Go proxy had all of. */
const releases: Readonly<Record<string, string>> = {
  "1.37": "1.37.2",
  "1.36": "1.36.3",
  "1.35": "1.35.4",
  "1.34": "1.34.4",
  "1.33": "1.33.13",
  "1.32": "1.32.2",
};

/** What continuous integration runs. */
export const newestVersion = "1.37";
/** What is meant when none is named. */
export const defaultVersions: readonly string[] = [newestVersion, "1.35"];
const oldestMinor = 32;

/**
 * The release that a version means: `1.35` is the one in the table, `1.34.2` itself, with or without a `v`.
 *
 * @throws {RangeError} for what is no version, or one that is too old.
 */
export function releaseOf(version: string): string {
  const [, minor, patch] = /^v?1\.(\d+)(\.\d+)?$/.exec(version) ?? [];
  const known = Object.keys(releases).join(", ");
  if (minor === undefined)
    throw new RangeError(`"${version}" is no version of Kubernetes: say one of ${known}, or a release such as 1.35.2`);
  if (Number(minor) < oldestMinor)
    throw new RangeError(`Kubernetes ${version} is not built here: 1.${oldestMinor} is the oldest`);
  const release = patch === undefined ? releases[`1.${minor}`] : `1.${minor}${patch}`;
  if (release === undefined)
    throw new RangeError(
      `No release of Kubernetes ${version} is known here: say one of ${known}, or a release such as 1.35.2`,
    );
  return release;
}
