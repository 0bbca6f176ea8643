import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type KubectlVersion, isCarried } from "@virtual-kubelet/integration/kubectl";
import { newestVersion, releaseOf } from "@virtual-kubelet/control-plane";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { growTree, readTree, withoutLinksAndModes } from "../src/load/file-tree.ts";
import { HashedBytes, hashOf } from "../src/load/hashed-bytes.ts";
import { download, wrongAnswers } from "../src/load/http-load.ts";
import { hashingEcho, httpServer } from "../src/load/container-commands.ts";
import { always, workbenchWith } from "../src/programs/carried-kubectl.ts";
import { container, forEver, pod } from "../src/suite/manifests.ts";
import { RunningProgram } from "../src/programs/running-program.ts";
import { type ScenarioOptions, caseOnStage } from "../src/suite/scenario.ts";
import type { Stage } from "../src/suite/stage.ts";
import type { Terminal } from "../src/programs/terminal.ts";
import type { Workbench } from "../src/suite/workbench.ts";

/** The last that speaks only SPDY, the first that speaks WebSocket, and the one that users have today. */
const versions: readonly KubectlVersion[] = ["1.28", "1.31", "1.36"];
const mebibyte = 2 ** 20;
const longMs = 300_000;

/** A whole gibibyte by each of the protocols on the newest control plane; elsewhere as much as no buffer on the way could hold. */
function muchBytes({ release }: Stage, version: KubectlVersion): number {
  const isWhole = release === releaseOf(newestVersion) && version !== "1.31";
  return (isWhole ? 1024 : 64) * mebibyte;
}

// One after the other: each takes all that the machine has.
describe.each(versions)("kubectl %s:", { concurrent: false }, (version) => {
  let it: Workbench;
  const long = (options: ScenarioOptions): ScenarioOptions => ({ ...options, timeoutMs: longMs });

  beforeAll(async () => {
    if (!isCarried) return;
    it = await workbenchWith(version);
    const listen = `while read line; do echo "heard $line"; done; ${forEver}`;
    await it.apply(
      pod("shared", listen, { containers: [container(listen, { stdin: true })] }),
      pod("web", "", { containers: [{ name: "main", image: "host", command: httpServer }] }),
    );
    await it.untilRunning("shared");
    await it.untilRunning("web");
  });

  afterAll(async () => {
    await it?.[Symbol.asyncDispose]();
  });

  caseOnStage("exec carries much in and out at once, and all of it", long(always), async (stage) => {
    const length = muchBytes(stage, version);
    const sent = new HashedBytes(length);
    await using echo = it.start("exec", "-i", "shared", "--", ...hashingEcho);
    const [back] = await Promise.all([hashOf(echo.stdout), pipeline(sent.stream(), echo.stdin)]);
    expect([await echo.ended, echo.stderr.trim(), back]).toEqual([0, sent.digest(), { digest: sent.digest(), length }]);
  });

  caseOnStage("exec ends with the command's exit code", always, async () => {
    const codes = [0, 1, 7, 127, 255];
    const ends = codes.map((code) => it.kubectl("exec", "shared", "--", "sh", "-c", `exit ${code}`));
    expect((await Promise.all(ends)).map(({ code }) => code)).toEqual(codes);
  });

  caseOnStage("exec -it tells the command when its window is resized", always, async () => {
    await using terminal = it.terminal("exec", "-it", "shared", "--", "sh");
    await it.until(async () => /[#$] $/.test(terminal.screen), "a prompt");
    terminal.write("stty size\r");
    await it.until(async () => terminal.screen.includes("33 101\n"), "the first size");
    terminal.resize(132, 43);
    await it.until(async () => {
      terminal.write("stty size\r");
      return terminal.screen.includes("43 132\n");
    }, "the second size");
    terminal.write("exit 5\r");
    expect(await terminal.ended).toBe(5);
  });

  caseOnStage("50 execs at once each have what is theirs", long(always), async () => {
    const each = Array.from({ length: 50 }, (_, index) =>
      it.kubectl("exec", "shared", "--", "sh", "-c", `sleep 1; echo ${index}; exit ${index}`),
    );
    const seen = (await Promise.all(each)).map(({ code, stdout }) => ({ code, stdout }));
    expect(seen).toEqual(each.map((_, index) => ({ code: index, stdout: `${index}\n` })));
  });

  caseOnStage("cp copies a tree of 1,000 files there and back", long(always), async ({ folder }) => {
    const place = mkdtempSync(join(folder, "tree-"));
    const [home, there, back] = ["home", "there", "back"].map((name) => join(place, name)) as [string, string, string];
    mkdirSync(there);
    growTree(home, { files: 1000 });
    const tree = readTree(home);
    // Pods are of this host: what is there can be looked at without kubectl.
    await it.succeed("cp", home, `shared:${there}`);
    expect(readTree(join(there, "home"))).toEqual(tree);
    await it.succeed("cp", `shared:${there}/home`, back);
    expect(withoutLinksAndModes(readTree(back))).toEqual(withoutLinksAndModes(tree));
  });

  caseOnStage("exec of tar brings a tree of 1,000 files with links and modes", long(always), async (stage) => {
    const place = mkdtempSync(join(stage.folder, "tar-"));
    const [home, back] = ["home", "back"].map((name) => join(place, name)) as [string, string];
    mkdirSync(back);
    growTree(home, { files: 1000 });
    await using packing = it.start("exec", "shared", "--", "tar", "cf", "-", "-C", home, ".");
    await using unpacking = new RunningProgram(["tar", "xpf", "-", "-C", back], process.env);
    // Not a pipeline: who unpacks stops at the archive's end, whatever comes behind it.
    packing.stdout.pipe(unpacking.stdin);
    expect([await packing.ended, await unpacking.ended]).toEqual([0, 0]);
    expect(readTree(back)).toEqual(readTree(home));
  });

  caseOnStage("attach can be left and taken up again while the container runs on", always, async () => {
    for (const word of ["first", "second"]) {
      await using attached = it.terminal("attach", "-i", "shared");
      await it.until(async () => {
        attached.write(`${word}\r`);
        return attached.screen.includes(`heard ${word}`);
      }, "an answer");
    }
    expect((await it.pod("shared")).status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
  });

  caseOnStage("logs -f ends with a container's life, and its next life has logs of its own", always, async (stage) => {
    const end = join(mkdtempSync(join(stage.folder, "end-")), "now");
    const life = `read -r pid rest < /proc/self/stat; echo "born as $pid"; while [ ! -e '${end}' ]; do sleep 0.1; done; rm '${end}'; echo gone; exit 1`;
    await it.apply(pod("reborn", life));
    await it.untilRunning("reborn");
    await using follower = it.terminal("logs", "-f", "reborn");
    await it.until(async () => /^born as \d+\n$/.test(follower.screen), "the first line");
    const first = follower.screen;
    writeFileSync(end, "");
    expect([await follower.ended, follower.screen]).toEqual([0, `${first}gone\n`]);
    const second = await it.until(async () => {
      const text = await it.succeed("logs", "reborn");
      return text.startsWith("born as ") && text !== `${first}gone\n` && text;
    }, "the second life's line");
    expect(second).not.toBe(first);
    expect(await it.succeed("logs", "reborn", "--previous")).toBe(`${first}gone\n`);
  });

  caseOnStage("port-forward carries a load of requests on connections that stay", long(always), async () => {
    const { forwarder, origin } = await forwarded(it);
    await using _ = forwarder;
    expect(await wrongAnswers({ origin, connections: 8, requests: 2000 })).toEqual([]);
  });

  caseOnStage("port-forward carries 20 downloads at once", long(always), async () => {
    const { forwarder, origin } = await forwarded(it);
    await using _ = forwarder;
    const length = 8 * mebibyte;
    const all = await Promise.all(Array.from({ length: 20 }, () => download(origin, length)));
    expect(all).toEqual(all.map(({ received }) => ({ length, received, sent: received })));
  });

  caseOnStage("port-forward carries one large download", long(always), async (stage) => {
    const length = muchBytes(stage, version);
    const { forwarder, origin } = await forwarded(it);
    await using _ = forwarder;
    const got = await download(origin, length);
    expect(got).toEqual({ length, received: got.sent, sent: got.received });
  });
});

/** `kubectl port-forward` to pod web, and where it listens. */
async function forwarded(it: Workbench): Promise<{ readonly forwarder: Terminal; readonly origin: string }> {
  const port = await it.until(async () => /^\d+/.exec(await it.succeed("logs", "web"))?.[0], "the server's port");
  const forwarder = it.terminal("port-forward", "web", `:${port}`);
  const local = await it
    .until(async () => /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(forwarder.screen)?.[1], "the forwarded port")
    .catch(async (error: unknown) => {
      await forwarder[Symbol.asyncDispose]();
      throw error;
    });
  return { forwarder, origin: `http://127.0.0.1:${local}` };
}
