import { describe, expect, test } from "vitest";
import { contentTemplate, variablePaths, variablesFrom } from "../../../src/job/files/variables.ts";

const longestPath = /^[a-zA-Z0-9-_~/]{1,128}$/;

/** What a template of all the paths gives. */
function read(variables: ReturnType<typeof variablesFrom>, key: string): Buffer {
  return Buffer.concat(variables.map(({ Items }) => Buffer.from(Items[key] ?? "", "base64")));
}

describe("a job's variables", () => {
  test("are none when there is nothing to keep", () => {
    expect(variablesFrom("job", new Map())).toEqual([]);
  });

  test.each([0, 1, 47_000, 48_000, 48_384, 100_000, 1_000_000])("give contents of %i bytes as they were", (size) => {
    const large = Buffer.alloc(size, "0123456789ü");
    const contents = new Map([
      ["a", Buffer.from([0, 255, 10])],
      ["large", large],
      ["z", Buffer.from("end")],
    ]);
    const variables = variablesFrom("job", contents);
    for (const [key, content] of contents) expect(read(variables, key).equals(content)).toBe(true);
    for (const { Path, Items } of variables) {
      const length = Object.entries(Items).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
      expect(length).toBeLessThanOrEqual(65_536);
      expect(Object.keys(Items).length).toBeGreaterThan(0);
      expect(Path).toMatch(longestPath);
    }
  });

  test("are as many as the templates read, though there may be less to keep", () => {
    expect(variablesFrom("job", new Map([["a", Buffer.from("1")]]), 2)).toEqual([
      { Path: "nomad/jobs/job", Items: { _: "1", a: "MQ==" } },
      { Path: "nomad/jobs/job/pod", Items: { _: "1" } },
    ]);
  });

  test("are refused when there is more to keep than the templates read, or than anybody should", () => {
    const contents = new Map([["a", Buffer.alloc(60_000)]]);
    expect(() => variablesFrom("job", contents, 1)).toThrow(
      "take 2 variables of Nomad, of 64 KiB each, and it can read 1",
    );
    expect(() => variablesFrom("job", new Map([["a", Buffer.alloc(4_000_000)]]))).toThrow("it can read 64");
  });
});

test("a template looks for its content in every variable", () => {
  expect(contentTemplate("k", variablePaths("job", 3))).toBe(
    [
      '{{ with nomadVar "nomad/jobs/job" }}{{ base64Decode (index . "k").Value }}{{ end }}',
      '{{ with nomadVar "nomad/jobs/job/pod" }}{{ base64Decode (index . "k").Value }}{{ end }}',
      '{{ with nomadVar "nomad/jobs/job/files-3" }}{{ base64Decode (index . "k").Value }}{{ end }}',
    ].join(""),
  );
});
