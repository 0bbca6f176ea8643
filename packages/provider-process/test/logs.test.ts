import { describe, expect, test } from "vitest";
import { StateDirectory, call, shell, textOf, until } from "./process-node.ts";

describe("logs", () => {
  test("give the lines that are asked for", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("echo one; echo two >&2; sleep 0.3; echo three; printf four"));
    await node.waitForPhase(pod, "Succeeded");

    expect((await node.logs(pod)).split("\n").toSorted()).toEqual(["four", "one", "three", "two"]);
    expect(await node.logs(pod, { stream: "stderr" })).toBe("two\n");
    expect(await node.logs(pod, { stream: "stdout" })).toBe("one\nthree\nfour");
    expect(await node.logs(pod, { tailLines: 2 })).toBe("three\nfour");
    expect(await node.logs(pod, { tailLines: 1 })).toBe("four");
    expect(await node.logs(pod, { tailLines: 0 })).toBe("");
    expect(await node.logs(pod, { tailLines: 2, limitBytes: 8 })).toBe("three\nfo");
    const stamped = await node.logs(pod, { timestamps: true, tailLines: 2 });
    expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n\d{4}-\S{25} four$/);
    const since = new Date(Date.parse(stamped.slice(0, 30)) - 100);
    expect(await node.logs(pod, { since })).toBe("three\nfour");
  });

  test("follow a container until it ends", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("for i in 1 2 3; do echo $i; sleep 0.1; done; printf end"));
    await node.waitForPhase(pod, "Running");
    const arrivals: string[] = [];
    const source = await node.provider.getContainerLogs(
      { pod, container: "app" },
      { ...call, follow: true, previous: false, timestamps: false },
    );
    for await (const chunk of source) arrivals.push(Buffer.from(chunk).toString());

    expect(arrivals.join("")).toBe("1\n2\n3\nend");
    expect(arrivals.length).toBeGreaterThan(1);
  });

  test("stop following when nobody listens any more", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("echo up; sleep 300"));
    await node.waitForPhase(pod, "Running");
    const stop = new AbortController();
    const source = await node.provider.getContainerLogs(
      { pod, container: "app" },
      { signal: stop.signal, follow: true, previous: false, timestamps: false },
    );
    let output = "";
    for await (const chunk of source) {
      output += String(chunk);
      stop.abort();
    }
    expect(output).toBe("up\n");
  });

  test("are there to the end for who asked before the pod was gone", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("echo up; sleep 300"));
    await node.waitForPhase(pod, "Running");
    await until(async () => (await node.logs(pod)) === "up\n", "the output");
    const open = (follow: boolean) =>
      node.provider.getContainerLogs(
        { pod, container: "app" },
        { ...call, follow, previous: false, timestamps: false },
      );
    const read = await open(false);
    const followed = await open(true);
    await node.delete(pod);

    expect(await textOf(read)).toBe("up\n");
    expect(await textOf(followed)).toBe("up\n");
  });

  test("of the run before are there after a restart; a missing one is not found", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const script =
      "[ -e ../../0/run.json ] && [ -e ../../1/run.json ] && { echo second; sleep 300; }; echo first; exit 1";
    const pod = await node.create(shell(script, { restartPolicy: "OnFailure" }));
    await node.waitFor(
      pod,
      ({ containerStatuses: [one] = [] }) => one?.restartCount === 1 && !!one.state?.running,
      "the restart",
    );
    await until(async () => (await node.logs(pod)) === "second\n", "the output");
    expect(await node.logs(pod, { previous: true })).toBe("first\n");

    const fresh = await node.create(shell("sleep 300"));
    await node.waitForPhase(fresh, "Running");
    await expect(node.logs(fresh, { previous: true })).rejects.toMatchObject({ code: "NotFound" });
    await expect(node.logs(fresh, { container: "nobody" })).rejects.toMatchObject({ code: "NotFound" });
  });

  test("keep every byte of a container in a hurry, over set-aside files and to a reader who follows", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const lines = 700_000;
    const pod = await node.create(shell(`seq 1 ${lines}; sleep 0.2`));
    await node.waitForPhase(pod, "Running");
    const source = await node.provider.getContainerLogs(
      { pod, container: "app" },
      { ...call, follow: true, previous: false, timestamps: false, tailLines: 5 },
    );
    const tail = textOf(source);
    await node.waitForPhase(pod, "Succeeded");
    expect((await tail).endsWith(`${lines - 1}\n${lines}\n`)).toBe(true);

    // Two files are kept: the newest lines, without a hole, the first perhaps cut.
    const kept = (await node.logs(pod)).trimEnd().split("\n").slice(1).map(Number);
    expect(kept.at(-1)).toBe(lines);
    expect(kept.every((line, index) => index === 0 || line === (kept[index - 1] ?? 0) + 1)).toBe(true);
    expect(kept.length).toBeGreaterThan(100_000);
    expect(await node.logs(pod, { tailLines: 3 })).toBe(`${lines - 2}\n${lines - 1}\n${lines}\n`);
  });
});
