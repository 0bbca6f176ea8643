import type { FileKeySelector } from "@virtual-kubelet/kubernetes";
import type { WrittenFiles } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { fileReference } from "../../../../src/context/environment/written-files/file-reference.ts";
import { podOf } from "../../../pod-builder.ts";

const pod = podOf({
  spec: {
    volumes: [
      { name: "out", emptyDir: {} },
      { name: "settings", configMap: { name: "s" } },
    ],
  },
});
const contents: Readonly<Record<string, Uint8Array>> = {
  "out/a.env": Buffer.from("A='canary'\n"),
  "out/broken.env": Buffer.from("A='canary'\ncanary\n"),
  "out/binary.env": Buffer.from([0x41, 0x3d, 0xff]),
};
const files: WrittenFiles = { read: async (volume, path) => contents[`${volume}/${path}`] };

async function reference(parts: Partial<FileKeySelector>, given: WrittenFiles | undefined = files) {
  return fileReference(pod, { volumeName: "out", path: "a.env", key: "A", ...parts }, given);
}

describe("a reference to a file", () => {
  test("is the value of the key", async () => {
    expect(await reference({})).toBe("canary");
  });

  test("is nothing when it is optional and the file or the key is not there", async () => {
    expect(await reference({ path: "none.env", optional: true })).toBeUndefined();
    expect(await reference({ key: "B", optional: true })).toBeUndefined();
  });

  test.each([
    [{ path: "none.env" }, "ConfigMissing", 'environment variable file "none.env" not found in the volume "out"'],
    [{ key: "B" }, "ConfigMissing", 'environment variable key "B" not found in file "a.env"'],
    [{ volumeName: "none" }, "InvalidInput", 'cannot find the volume "none" referenced by FileKeyRef'],
    [{ volumeName: "settings" }, "InvalidInput", 'the volume "settings" referenced by FileKeyRef is not an emptyDir'],
    [{ path: "broken.env", key: "B" }, "InvalidInput", "couldn't parse env file: line 2 has no '='"],
    [{ path: "broken.env", key: "B", optional: true }, "InvalidInput", "couldn't parse env file: line 2 has no '='"],
    [{ path: "binary.env" }, "InvalidInput", /^the file "binary.env" of the volume "out" is not UTF-8 text/],
  ])("to %j fails with %s: %s", async (parts, code, message) => {
    const error = (await reference(parts).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("canary");
  });

  test.each(["../a.env", "x/../../a.env", "/etc/passwd", "", "..", "a\0b"])(
    "never leaves its volume: %j",
    async (path) => {
      const asked: string[] = [];
      const watched: WrittenFiles = { read: async (_, each) => (asked.push(each), Buffer.from("A='x'")) };
      await expect(reference({ path }, watched)).rejects.toMatchObject({ code: "InvalidInput" });
      expect(asked).toEqual([]);
    },
  );

  test("may have dots in its name", async () => {
    const any: WrittenFiles = { read: async (_, path) => Buffer.from(`A='${path}'`) };
    for (const path of ["..a", "a..", ".hidden/x.env", "a/./b"]) expect(await reference({ path }, any)).toBe(path);
  });

  test("is refused by a backend that cannot read files, and says why", async () => {
    await expect(fileReference(pod, { volumeName: "out", path: "a.env", key: "A" }, undefined)).rejects.toMatchObject({
      code: "Unsupported",
      message:
        "Variables from files (fileKeyRef) cannot be given to pod default/web: what runs it does not read what its containers have written",
    });
  });
});
