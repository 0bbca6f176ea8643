import { describe, expect, test } from "vitest";
import {
  cleanName,
  configText,
  environmentText,
  hostAddress,
  podAddress,
} from "../../../src/job/environment/interpolation.ts";

/** Puts values where Nomad does: once, from left to right, looking at nothing again. */
function interpolated(text: string): string {
  const values: Readonly<Record<string, string>> = {
    NOMAD_META_dollar: "$",
    NOMAD_META_percent: "%",
    HOME: "/root",
    "attr.unique.network.ip-address": "192.0.2.2",
  };
  return text.replaceAll(/\$\{([\w.-]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

const texts = [
  "",
  "plain",
  "${HOME}",
  "$${HOME}",
  "$$$${HOME}",
  "$HOME {HOME}",
  "%{if true}",
  "%%{x}",
  "a $ { b",
  "${",
];

describe("a text", () => {
  test.each(texts)("%j comes out of Nomad's interpolation as it was", (text) => {
    expect(interpolated(environmentText(text))).toBe(text);
    expect(interpolated(configText(text))).toBe(text);
  });

  test.each(texts)("%j has nothing that a driver's config would take for a template", (text) => {
    const rest = configText(text).replaceAll(/\$\{NOMAD_META_(dollar|percent)\}/g, "");
    expect(rest).not.toMatch(/[$%]\{/);
  });

  test("has the client's address where an address is to be", () => {
    expect(interpolated(environmentText(`${podAddress}:80, ${hostAddress}`))).toBe("192.0.2.2:80, 192.0.2.2");
  });
});

describe("a variable's name", () => {
  test.each([
    ["HOME", "HOME"],
    ["my-key", "my_key"],
    [".dots.are.kept", ".dots.are.kept"],
    ["1st", "_st"],
    ["a1", "a1"],
  ])("%s becomes %s, as Nomad makes it", (name, clean) => {
    expect(cleanName(name)).toBe(clean);
  });
});
