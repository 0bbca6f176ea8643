import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { staticBusybox } from "../../src/images/busybox.ts";
import { imageMap } from "../../src/images/image-map.ts";
import { keepingShell, librariesOf } from "../../src/images/shell.ts";
import { rootDirectories } from "../../src/images/root-directories.ts";

const busybox = staticBusybox();
const shell = keepingShell();

test.skipIf(busybox === undefined || shell === undefined)(
  "each image of the suite has a root directory with its programs and users",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "vk-roots-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const agnhost = join(folder, "built");
    writeFileSync(agnhost, "a program", { mode: 0o755 });
    const roots = await rootDirectories({
      folder: join(folder, "roots"),
      agnhost,
      busybox: busybox ?? "",
      shell: shell ?? "",
    });
    expect(readFileSync(join(roots.agnhost, "agnhost"), "utf8")).toBe("a program");
    expect(readFileSync(join(roots.agnhost, "etc/passwd"), "utf8")).toContain("user-defined-in-image:x:1000:1000");
    expect(statSync(join(roots.pause, "pause")).mode & 0o777).toBe(0o755);
    expect(statSync(join(roots.busybox, "tmp")).mode & 0o7777).toBe(0o1777);
    expect(execFileSync(join(roots.busybox, "bin/echo"), ["dry"], { encoding: "utf8" })).toBe("dry\n");
    expect(librariesOf(busybox ?? "")).toEqual([]);
    expect(readlinkSync(join(roots.busybox, "bin/sh"))).toBe("bash");
    for (const library of librariesOf(shell ?? "")) expect(statSync(join(roots.busybox, library)).isFile()).toBe(true);
    expect(Object.values(imageMap(roots)).map(({ root }) => root)).toEqual([roots.agnhost, roots.busybox, roots.pause]);
  },
);
