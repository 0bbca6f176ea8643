import { defaultVersions, newestVersion, releaseOf } from "@virtual-kubelet/control-plane";
import { expect, test } from "vitest";
import { e2eArguments } from "../../src/command/e2e-arguments.ts";

test.each<[string, readonly string[], readonly string[]]>([
  ["the default pair", [], defaultVersions.map(releaseOf)],
  ["none", ["--kubernetes", "none"], []],
  ["some", ["--kubernetes", "1.36.1, newest"], ["1.36.1", releaseOf(newestVersion)]],
])("the control planes: %s", (_, args, names) => {
  expect(e2eArguments(args).targets.map(({ name }) => name)).toEqual(names);
});

test("what is not for the run itself is for vitest", () => {
  const { strict, record, rest } = e2eArguments(["--strict", "pods", "--", "-t", "drain"]);
  expect({ strict, record, rest }).toEqual({ strict: true, record: false, rest: ["pods", "-t", "drain"] });
});

test.each([
  ["--bogus", /Unknown option '--bogus'[^]*npm run e2e --/],
  ["--kubernetes", /argument missing[^]*npm run e2e --/],
  ["--kubernetes=1.20", /^--kubernetes: Kubernetes 1\.20 is not built here: 1\.32 is the oldest\.$/],
  ["--kubernetes=embedded", /"embedded" is no version of Kubernetes/],
])("%s is answered with a sentence", (argument, message) => {
  expect(() => e2eArguments([argument])).toThrow(
    expect.objectContaining({ name: "PlainFailure", message: expect.stringMatching(message) }),
  );
});
