import { describe, expect, test } from "vitest";
import { conformance } from "../src/index.ts";
import { smallTarget } from "./small/small-target.ts";

describe("an honest provider", () => {
  for (const { id, name } of conformance(smallTarget())) {
    test.concurrent(`passes ${id}: ${name}`, async () => {
      const check = conformance(smallTarget()).find((one) => one.id === id);
      expect(await check?.run()).toEqual({});
    });
  }
});
