import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Kubelet } from "../kubelet.ts";

let folder: string;
let logDirectory: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-logs-"));
  logDirectory = join(folder, "log");
  await mkdir(join(logDirectory, "sub"), { recursive: true });
  await writeFile(join(logDirectory, "agent.log"), "a line\n");
  await writeFile(join(logDirectory, "sub", "<b>.log"), "another\n");
  await writeFile(join(folder, "secret"), "not for you");
  await symlink(join(folder, "secret"), join(logDirectory, "link"));
  await symlink("..", join(logDirectory, "up"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("the node's logs", () => {
  it("are off unless a directory is given", async () => {
    await using kubelet = await Kubelet.start();
    for (const path of ["/logs", "/logs/agent.log"]) {
      expect(await kubelet.get(path)).toMatchObject({ status: 405, body: "logs endpoint is disabled." });
    }
  });

  it("are files, and folders of them", async () => {
    await using kubelet = await Kubelet.start({ logDirectory });
    expect(await kubelet.get("/logs/agent.log")).toMatchObject({ status: 200, body: "a line\n" });
    expect((await kubelet.get("/logs/")).body).toContain('<a href="./sub/">sub/</a>\n');
    expect((await kubelet.get("/logs/sub/")).body).toContain('<a href="./%3Cb%3E.log">&#60;b&#62;.log</a>\n');
  });

  it.each(["/logs/none", "/logs/link", "/logs/up/secret", "/logs/up", "/logs/sub//agent.log", "/logs/agent.log/x"])(
    "end at the directory: %s is 404",
    async (path) => {
      await using kubelet = await Kubelet.start({ logDirectory });
      expect(await kubelet.get(path)).toMatchObject({ status: 404 });
    },
  );

  it.each(["/logs/..%2fsecret", "/logs/%2e%2e/secret", "/logs/../secret", "/logs/sub%5c..%5c..", "/logs/a%00"])(
    "cannot be left: %s is 400",
    async (path) => {
      await using kubelet = await Kubelet.start({ logDirectory });
      expect(await kubelet.get(path)).toMatchObject({ status: 400 });
    },
  );
});
