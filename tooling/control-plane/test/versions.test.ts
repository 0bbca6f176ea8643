import { expect, test } from "vitest";
import { defaultVersions, newestVersion, releaseOf } from "../src/versions.ts";

test.each([
  ["1.35", "1.35.4"],
  ["v1.35", "1.35.4"],
  ["1.34.2", "1.34.2"],
  ["v1.36.1", "1.36.1"],
  ["1.40.0", "1.40.0"],
])("the version %s means the release %s", (version, release) => {
  expect(releaseOf(version)).toBe(release);
});

test.each([
  ["latest", /is no version/],
  ["1", /is no version/],
  ["1.31", /1\.32 is the oldest/],
  ["1.31.9", /1\.32 is the oldest/],
  ["1.40", /No release of Kubernetes 1\.40 is known here/],
])("%s is refused with a sentence", (version, sentence) => {
  expect(() => releaseOf(version)).toThrow(sentence);
});

test("the newest version and 1.35 are meant when none is named", () => {
  expect(defaultVersions).toEqual([newestVersion, "1.35"]);
  expect(releaseOf(newestVersion)).toMatch(/^1\.\d+\.\d+$/);
});
