import { expect, test } from "vitest";
import { spawnOnTerminal } from "../../src/supervisor/processes/terminal.ts";

test("another user's process on a terminal has none of our groups", async () => {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const groups = process.getgroups?.() ?? [];
  const user = own.uid === 0 ? { uid: 65_534, gid: 65_533 } : own;
  if (own.uid === 0) process.setgroups?.([4242]);
  try {
    const environment = { PATH: process.env["PATH"] ?? "" };
    const terminal = await spawnOnTerminal(["id", "-G"], environment, { workingDirectory: "/", user });
    let output = "";
    terminal.onData((text) => (output += text));
    await new Promise<void>((resolve) => terminal.onExit(() => resolve()));
    // Who is not root keeps what he has, in what he starts too.
    expect(output.trim().split(" ")).toEqual(own.uid === 0 ? ["65533"] : expect.arrayContaining([String(own.gid)]));
    expect(process.getgroups?.()).toContain(own.uid === 0 ? 4242 : own.gid);
  } finally {
    if (own.uid === 0) process.setgroups?.(groups);
  }
});
