import { expect } from "vitest";
import { burner } from "../src/load/burner.ts";
import { usageOfPod } from "../src/load/metrics.ts";
import { container, forEver, pod } from "../src/suite/manifests.ts";
import { inNomad, sharedNomad } from "../src/nomad/nomad-node.ts";
import { needsOrdinaryAddress, scenario } from "../src/suite/scenario.ts";

// What kubectl has of a pod that is a task of a real Nomad: its output, commands in it, its ports, and what it uses.

const there = sharedNomad("nomad-streams");
const never = { restartPolicy: "Never" };

scenario("[nomad] logs of running and ended containers, their tail, and as they come", inNomad, async (it) => {
  const { placement } = there();
  await it.apply(
    pod("talker", `for i in 1 2 3 4 5; do echo line $i; done; ${forEver}`, placement),
    pod("done", "echo said; echo loudly >&2", { ...placement, ...never }),
  );
  await it.untilRunning("talker");
  await it.untilPod("done", ({ status }) => status?.phase === "Succeeded", "Succeeded");
  await it.until(async () => (await it.succeed("logs", "talker")).includes("line 5"), "all lines");
  expect(await it.succeed("logs", "talker", "--tail=2")).toBe("line 4\nline 5\n");
  // Nomad keeps no times with what is written.
  const timed = await it.kubectl("logs", "talker", "--tail=1", "--timestamps");
  expect([timed.code, timed.stderr]).toEqual([1, expect.stringContaining("without --timestamps")]);
  expect((await it.succeed("logs", "done")).split("\n").toSorted()).toEqual(["", "loudly", "said"]);
  await using following = it.terminal("logs", "talker", "--follow");
  const all = "line 1\nline 2\nline 3\nline 4\nline 5\n";
  await it.until(async () => following.screen === all, "all lines once more");
  await it.succeed("delete", "pod", "talker", "--timeout=30s");
  expect([await following.ended, following.screen]).toEqual([0, all]);
});

scenario("[nomad] what is written while somebody follows comes at once, and in order", inNomad, async (it) => {
  const { placement } = there();
  await it.apply(
    pod("counting", `i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo $i; sleep 0.02; done; ${forEver}`, placement),
  );
  await it.untilRunning("counting");
  await using following = it.terminal("logs", "counting", "--follow");
  await it.until(async () => following.screen.endsWith("\n200\n"), "the last line");
  expect(following.screen.trim().split("\n").map(Number)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
});

scenario("[nomad] the log of the run before can be read, or it is said why not", inNomad, async (it) => {
  const { placement } = there();
  const script = `[ -e /alloc/data/again ] && { echo second; ${forEver}; }; touch /alloc/data/again; echo first; exit 3`;
  await it.apply(pod("shaky", script, placement));
  await it.untilPod("shaky", ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1, "started again");
  await it.until(async () => (await it.succeed("logs", "shaky")).includes("second"), "its log");
  const { code, stdout, stderr } = await it.kubectl("logs", "shaky", "--previous");
  // Nomad keeps the output of all runs of a task in the same files.
  if (code === 0) expect(stdout).toContain("first\n");
  else expect(stderr).toMatch(/previous/);
});

scenario("[nomad] exec gives output, errors and the exit code, and takes input", inNomad, async (it) => {
  const { placement } = there();
  await it.apply(pod("shell", forEver, placement));
  await it.untilRunning("shell");
  expect(await it.kubectl("exec", "shell", "--", "sh", "-c", "echo out; echo err >&2; exit 7")).toEqual({
    code: 7,
    stdout: "out\n",
    stderr: "err\ncommand terminated with exit code 7\n",
  });
  const megabyte = "0123456789abcde\n".repeat(65_536);
  const counted = await it.succeedWith(megabyte, "exec", "-i", "shell", "--", "sh", "-c", "wc -c");
  expect(counted.trim()).toBe(String(megabyte.length));
  const missing = await it.kubectl("exec", "shell", "--", "no-such-program");
  expect(missing.code).not.toBe(0);
  expect(missing.stderr).toMatch(/no-such-program/);
  expect(await it.succeed("exec", "shell", "--", "echo", "still")).toBe("still\n");
});

scenario("[nomad] exec at a terminal has its size", inNomad, async (it) => {
  const { placement } = there();
  await it.apply(pod("screen", forEver, placement));
  await it.untilRunning("screen");
  await using session = it.terminal("exec", "-it", "screen", "--", "sh");
  await it.until(async () => /[#$] /.test(session.screen), "a prompt");
  session.write("stty size; exit 4\r");
  expect(await session.ended).toBe(4);
  expect(session.screen).toContain("\n33 101\n");
});

scenario("[nomad] port-forward reaches a port of the pod", inNomad, async (it) => {
  const { placement } = there();
  // It has its client's network.
  const ports = [{ name: "http", containerPort: 8080, hostPort: 8080 }];
  const alone = `mkdir -p /local/www; echo hello > /local/www/there; exec httpd -f -p 127.0.0.1:8080 -h /local/www`;
  await it.apply(pod("web", "", { ...placement, containers: [container(alone, { ports })] }));
  await it.untilRunning("web");
  await using forward = it.terminal("port-forward", "web", ":8080");
  const local = await it.until(
    async () => /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(forward.screen)?.[1],
    "the forwarded port",
  );
  const answer = async (): Promise<string> => (await fetch(`http://127.0.0.1:${local}/there`)).text();
  expect(await it.until(answer, "an answer")).toBe("hello\n");
});

const metrics = {
  ...inNomad,
  notEmbedded: "APIs of other servers, and so no metrics-server",
  unless: (stage: Parameters<NonNullable<typeof inNomad.unless>>[0]) =>
    inNomad.unless?.(stage) ?? needsOrdinaryAddress("an API server does not call metrics-server on loopback")(stage),
  timeoutMs: 240_000,
};

scenario("[nomad] kubectl top says what a pod uses", metrics, async (it) => {
  const { placement } = there();
  await it.apply(pod("burner", "", { ...placement, containers: [burner({ milliCpu: 200, mebibytes: 50 })] }));
  await it.untilRunning("burner");
  const isTrue = async (): Promise<boolean> => {
    const { milliCpu, mebibytes } = await usageOfPod(it, "burner");
    return milliCpu > 150 && milliCpu < 250 && mebibytes > 45 && mebibytes < 75;
  };
  await it.until(isTrue, "true numbers", 150_000);
  expect(await it.succeed("top", "pod", "burner", "--no-headers")).toMatch(/^burner\s+(1[5-9]|2[0-4])\dm\s+[4-7]\dMi/);
});
