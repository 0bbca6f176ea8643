import { describe, expect, test } from "vitest";
import { processOptions } from "../src/options.ts";

describe("the options", () => {
  test("name images by what they are on this node", () => {
    const { images } = processOptions.parse({
      images: { "*": "host", box: { root: "/srv/box", args: ["sh"], user: "1000:1000" } },
    });
    expect(images).toEqual({ "*": {}, box: { root: "/srv/box", args: ["sh"], user: "1000:1000" } });
  });

  test.each([
    { images: { box: "guest" } },
    { images: { box: { root: "relative" } } },
    { images: { box: { command: [] } } },
    { images: { box: { user: "a:b:c" } } },
    { images: { box: { rot: "/srv" } } },
    { images: { "": "host" } },
    { allowHostPath: ["relative"] },
  ])("are not %j", (options) => {
    expect(processOptions.safeParse(options).success).toBe(false);
  });
});
