import { expect, test } from "vitest";
import { StateDirectory, call, shell, textOf, until } from "./process-node.ts";

const linux = process.platform === "linux";
const held = "for file in /proc/$$/fd/*; do readlink $file; done | grep ptmx; echo end";

test.runIf(linux)("a process that has no terminal gets none of another one's", async () => {
  await using state = new StateDirectory();
  await using node = await state.node();
  const one = await node.create(shell("exec sleep 300", {}, { stdin: true, tty: true }));
  await node.waitForPhase(one, "Running");
  const other = await node.create(shell(`${held}; exec sleep 300`));
  await node.waitForPhase(other, "Running");
  const process = await node.provider.exec(
    { pod: other, container: "app" },
    { ...call, command: ["sh", "-c", held], tty: false, stdin: false, stdout: true, stderr: true },
  );
  expect(await textOf(process.stdout)).toBe("end\n");
  await until(async () => (await node.logs(other)).endsWith("end\n"), "its last word");
  expect(await node.logs(other)).toBe("end\n");
});
