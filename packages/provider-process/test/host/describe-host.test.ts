import { existsSync, readFileSync, statfsSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { describeHost, prettyName } from "../../src/host/describe-host.ts";

const options = {
  mode: { kind: "none", reason: "not here" } as const,
  capacity: { cpu: "1", memory: "1Gi", pods: "5" },
  address: "192.0.2.1",
  directory: tmpdir(),
};

describe("the host as a node", () => {
  test("says which system and which machine it is, as far as the host does", async () => {
    const described = await describeHost(options, "node");

    expect(described.kernelVersion).toBe(release());
    for (const [field, path] of [
      ["machineID", "/etc/machine-id"],
      ["bootID", "/proc/sys/kernel/random/boot_id"],
    ] as const) {
      const told = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
      expect(described[field]).toBe(told || undefined);
    }
    expect(Object.values(described)).not.toContain("");
  });

  test("offers what its disk holds, unless it is told otherwise", async () => {
    const { blocks, bsize } = statfsSync(options.directory);
    const { capacity } = await describeHost(options, "node");
    expect(capacity).toEqual({ ...options.capacity, "ephemeral-storage": `${Math.floor((blocks * bsize) / 1024)}Ki` });
    const less = { ...options, capacity: { ...options.capacity, "ephemeral-storage": "1Gi" } };
    expect((await describeHost(less, "node")).capacity).toEqual(less.capacity);
  });

  test.each([
    ['NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', "Debian GNU/Linux 12 (bookworm)"],
    ["PRETTY_NAME=Plain\n", "Plain"],
    ["PRETTY_NAME='Quoted Once'", "Quoted Once"],
    ['PRETTY_NAME="The \\"Best\\" \\$ystem"', 'The "Best" $ystem'],
    ["NAME=x", undefined],
    ["", undefined],
  ])("finds the name in %j", (text, name) => {
    expect(prettyName(text)).toBe(name);
  });
});
