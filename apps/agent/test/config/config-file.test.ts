import { describe, expect, test } from "vitest";
import { parseConfigFile, readConfigFile } from "../../src/config/config-file.ts";
import { UsageError } from "../../src/usage-error.ts";

describe("a config file", () => {
  test.each([
    ["a.yaml", "nodeName: a\nkubeletPort: 1\n"],
    ["a.yml", "{ nodeName: a, kubeletPort: 1 }"],
    ["a.json", '{ "nodeName": "a", "kubeletPort": 1 }'],
    ["a.TOML", 'nodeName = "a"\nkubeletPort = 1\n'],
  ])("named %s is read by its extension", (path, text) => {
    expect(parseConfigFile(path, text).value).toEqual({ nodeName: "a", kubeletPort: 1 });
  });

  test.each([
    ["a.yaml", "", {}],
    ["a.yaml", "# nothing yet\n", {}],
    ["a.toml", "", {}],
  ])("named %s with the text %j holds nothing", (path, text, value) => {
    expect(parseConfigFile(path, text).value).toEqual(value);
  });

  test.each([
    ["a.yaml", "a: 1\nb: [\n", /^a\.yaml:\d: not valid YAML: /],
    ["a.yaml", "a: 1\na: 2\n", "a.yaml:2: not valid YAML: Map keys must be unique"],
    ["a.yaml", "a: *b\n", "a.yaml: not valid YAML: Unresolved alias (the anchor must be set before the alias): b"],
    ["a.yaml", "- a\n", "a.yaml: the file must hold keys with values, not a list."],
    ["a.yaml", "just words", "a.yaml: the file must hold keys with values, not a string."],
    ["a.json", '{ "a": 1, }', /^a\.json: not valid JSON: .*/],
    ["a.toml", "a = 1\nb = \n", /^a\.toml:\d: not valid TOML: /],
    ["a.conf", "a: 1", "Cannot tell the format of a.conf: name it .yaml, .toml or .json."],
  ])("named %s with the text %j is refused in one line", (path, text, message) => {
    const parse = () => parseConfigFile(path, text);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/\n/);
  });

  test("that is not there, or is a folder, is refused by name", async () => {
    await expect(readConfigFile("/nonexistent/a.yaml")).rejects.toThrow(
      "Cannot read /nonexistent/a.yaml: there is no such file.",
    );
    await expect(readConfigFile(import.meta.dirname)).rejects.toThrow("it is a folder.");
  });

  const text = "nodeName: a\nlabels:\n  one: 1\ntaints:\n  - key: a\n  - key: b\n    effect: No\n";
  test.each([
    [["nodeName"], "a.yaml:1"],
    [["labels", "one"], "a.yaml:3"],
    [["taints", 1], "a.yaml:6"],
    [["taints", 1, "effect"], "a.yaml:7"],
    [["taints", 0, "effect"], "a.yaml:5"],
    [["missing"], "a.yaml"],
    [[], "a.yaml"],
  ])("knows that %j is at %s", (path, where) => {
    expect(parseConfigFile("a.yaml", text).where(path)).toBe(where);
  });

  test("in JSON knows its lines too", () => {
    expect(parseConfigFile("a.json", '{\n  "a": {\n    "b": 1\n  }\n}').where(["a", "b"])).toBe("a.json:3");
  });
});
