import { expect, test } from "vitest";
import { Opened } from "../../src/suite/opened.ts";

test("all things end, the last first, also when one of them cannot", async () => {
  const ended: string[] = [];
  const opened = new Opened();
  for (const name of ["first", "second", "third"]) {
    opened.keep({
      [Symbol.asyncDispose]: async () => {
        ended.push(name);
        if (name === "second") throw new Error("it will not end");
      },
    });
  }
  await expect(opened[Symbol.asyncDispose]()).rejects.toThrow("it will not end");
  expect(ended).toEqual(["third", "second", "first"]);
});
