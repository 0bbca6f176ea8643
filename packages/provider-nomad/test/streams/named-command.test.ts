import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { MarkReader, namedCommand } from "../../src/streams/named-command.ts";

test("a named command tells its process, and is what was asked for", () => {
  const odd = `a  b $HOME \`tick\` "quoted" 'single' ; \\ *`;
  const { command, mark } = namedCommand(["/bin/sh", "-c", 'echo "$1 $$"; echo bad >&2', "sh", odd]);
  const { stdout, stderr, pid } = spawnSync(command[0], command.slice(1));
  const { output, pid: told } = new MarkReader(mark).read(stderr);
  expect([told, output.toString(), stdout.toString()]).toEqual([pid, "bad\n", `${odd} ${pid}\n`]);
});

test("a mark is found in whatever pieces it comes", () => {
  const reader = new MarkReader("vk-1 ");
  const given = "vk-1 42\r\nrest".split("").map((letter) => reader.read(Buffer.from(letter)));
  expect(given.map(({ output }) => output.toString()).join("")).toBe("rest");
  expect(given.flatMap(({ pid }) => pid ?? [])).toEqual([42]);
});

test("what does not begin with the mark is output", () => {
  const reader = new MarkReader("vk-1 ");
  expect(reader.read(Buffer.from("vk-2 42\n")).output.toString()).toBe("vk-2 42\n");
  expect(reader.read(Buffer.from("vk-1 43\n"))).toEqual({ output: Buffer.from("vk-1 43\n") });
});
