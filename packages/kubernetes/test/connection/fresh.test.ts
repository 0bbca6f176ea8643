import { expect, test, vi } from "vitest";
import { Fresh } from "../../src/connection/fresh.ts";
import { freshFile } from "../../src/connection/fresh-file.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const now = { refresh: false };
const again = { refresh: true };

test("it is loaded again when it has grown old or was refused, once for all who ask meanwhile", async () => {
  vi.useFakeTimers();
  try {
    let loads = 0;
    const fresh = new Fresh({ load: async () => ++loads });
    expect(await Promise.all([fresh.read(now), fresh.read(now)])).toEqual([1, 1]);
    vi.advanceTimersByTime(59_000);
    expect(await fresh.read(now)).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(await fresh.read(now)).toBe(2);
    expect(await Promise.all([fresh.read(again), fresh.read(again)])).toEqual([3, 3]);
    expect(await fresh.read(now)).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

test("what cannot be loaded stays what it was and is looked for by the next who asks; what never was is an error", async () => {
  const loads = ["one", new Error("half written"), "two"];
  const load = async (): Promise<string> => {
    const next = loads.shift();
    if (typeof next === "string") return next;
    throw next ?? new Error("gone");
  };
  const fresh = new Fresh({ load });
  expect(await fresh.read(now)).toBe("one");
  expect(await fresh.read(again)).toBe("one");
  expect(await fresh.read(now)).toBe("two");
  expect(await fresh.read(again)).toBe("two");
  await expect(new Fresh({ load }).read(now)).rejects.toThrow("gone");
});

test("a file that is gone or empty keeps its text, and is named when it had none", async () => {
  await using folder = await TemporaryFolder.create();
  const path = await folder.write("token", "one\n");
  const file = freshFile({ path, what: "the token" });
  expect(await file.read(now)).toBe("one\n");
  await folder.write("token", "");
  expect(await file.read(again)).toBe("one\n");
  await folder.write("token", "two\n");
  expect(await file.read(now)).toBe("two\n");
  await folder.write("token", "\n");
  const empty = freshFile({ path, what: "the token" });
  await expect(empty.read(now)).rejects.toThrow(`cannot read the token from ${path}: the file is empty`);
  const gone = freshFile({ path: `${path}-missing`, what: "the token" });
  await expect(gone.read(now)).rejects.toMatchObject({
    reason: "InvalidCredentials",
    message: expect.stringContaining("cannot read the token from"),
  });
});
