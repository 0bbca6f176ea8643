import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { headerDictionary } from "../../src/spdy/dictionary.ts";

test("the dictionary is that of the specification, to the byte", () => {
  expect(headerDictionary.length).toBe(1423);
  expect(createHash("sha256").update(headerDictionary).digest("hex")).toBe(
    "51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02",
  );
});
