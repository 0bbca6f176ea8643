import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { PortBlock } from "../../src/cluster/port-block.ts";

test("its ports can be listened on, and are none that a system gives to connections", async () => {
  await using block = await PortBlock.reserve(5);
  expect(block.ports).toHaveLength(5);
  for (const port of block.ports) {
    expect(port).toBeLessThan(32_768);
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
  }
});

test("no two have a port in common, as long as they live, though nobody listens on it", async () => {
  const blocks = await Promise.all(Array.from({ length: 100 }, () => PortBlock.reserve(5)));
  const ports = blocks.flatMap((block) => block.ports);
  expect(new Set(ports).size).toBe(500);
  await Promise.all(blocks.map((block) => block[Symbol.asyncDispose]()));
});
