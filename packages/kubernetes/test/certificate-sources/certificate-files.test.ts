import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { certificateFile, issueCertificate, keyPairFiles, type WatchLogger } from "../../src/index.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const [one, two] = ["one", "two"].map((commonName) => issueCertificate({ commonName, certificateAuthority: true }));

/** Looks often, and keeps what it warns of. */
function looking(signal: AbortSignal) {
  const warnings: string[] = [];
  const ignore = (): void => {};
  const logger: WatchLogger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (fields, message) => warnings.push(`${message}: ${String((fields as { err?: Error }).err?.message)}`),
  };
  return { warnings, options: { intervalMs: 5, logger, signal } };
}

test("a certificate file is given now and after each change, and never by half", async () => {
  await using folder = await TemporaryFolder.create();
  const ending = new AbortController();
  const { warnings, options } = looking(ending.signal);
  const path = await folder.write("ca.crt", one?.certificate ?? "");
  const values = certificateFile(path, options)[Symbol.asyncIterator]();
  expect((await values.next()).value).toBe(one?.certificate);
  const next = values.next();
  await writeFile(path, (two?.certificate ?? "").slice(0, 300));
  await expect.poll(() => warnings).toHaveLength(1);
  await writeFile(path, two?.certificate ?? "");
  expect((await next).value).toBe(two?.certificate);
  await writeFile(path, "");
  const last = values.next();
  await expect.poll(() => warnings).toHaveLength(2);
  expect(warnings[0]).toContain(`${path} cannot be read; it is tried again`);
  ending.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});

test("a certificate and its key are believed only together", async () => {
  await using folder = await TemporaryFolder.create();
  const ending = new AbortController();
  const { warnings, options } = looking(ending.signal);
  const certificate = await folder.write("tls.crt", one?.certificate ?? "");
  const key = await folder.write("tls.key", one?.key ?? "");
  const values = keyPairFiles({ certificate, key }, options)[Symbol.asyncIterator]();
  expect((await values.next()).value).toEqual(one);
  const next = values.next();
  await writeFile(certificate, two?.certificate ?? "");
  await expect.poll(() => warnings).toHaveLength(1);
  expect(warnings[0]).toContain(`the key ${key} does not belong to it`);
  await writeFile(key, two?.key ?? "");
  expect((await next).value).toEqual(two);
  ending.abort();
});

test("a certificate file can be read again, as by a server that is opened again", async () => {
  await using folder = await TemporaryFolder.create();
  const ending = new AbortController();
  const { options } = looking(ending.signal);
  const certificate = await folder.write("tls.crt", one?.certificate ?? "");
  const key = await folder.write("tls.key", one?.key ?? "");
  const pair = keyPairFiles({ certificate, key }, options);
  const text = certificateFile(certificate, options);
  for (const _ of [1, 2]) {
    for await (const value of pair) {
      expect(value).toEqual(one);
      break;
    }
    for await (const value of text) {
      expect(value).toBe(one?.certificate);
      break;
    }
  }
  expect.assertions(4);
  ending.abort();
});
