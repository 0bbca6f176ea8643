import { describe, expect, test } from "vitest";
import { inClusterConnection } from "../../src/index.ts";
import { FreshFile } from "../../src/connection/fresh-file.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const call = { refresh: false, signal: new AbortController().signal };

describe("in a pod", () => {
  test.each([
    ["10.96.0.1", "https://10.96.0.1:443"],
    ["fd00::1", "https://[fd00::1]:443"],
    ["kubernetes.default.svc", "https://kubernetes.default.svc:443"],
  ])("the server at %s is %s", async (host, server) => {
    await using folder = await TemporaryFolder.create();
    await Promise.all([
      folder.write("token", "one\n"),
      folder.write("ca.crt", "CA"),
      folder.write("namespace", "virtual\n"),
    ]);
    const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: "443" };
    const connection = await inClusterConnection({ folder: folder.path, environment });
    expect(connection).toMatchObject({ server, namespace: "virtual" });
    expect(await connection.credentials(call)).toEqual({ token: "one", ca: "CA" });
    await folder.write("token", "two");
    expect(await connection.credentials(call)).toMatchObject({ token: "one" });
    expect(await connection.credentials({ ...call, refresh: true })).toMatchObject({ token: "two" });
  });

  test("a missing token is said", async () => {
    await using folder = await TemporaryFolder.create();
    const environment = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const connecting = inClusterConnection({ folder: folder.path, environment });
    await expect(connecting).rejects.toMatchObject({
      reason: "InvalidCredentials",
      message: expect.stringContaining(`${folder.path}/token`),
    });
  });
});

test("outside of a cluster it says so and what to do", async () => {
  await expect(inClusterConnection({ environment: {} })).rejects.toMatchObject({
    reason: "NotInCluster",
    message: expect.stringContaining("give a kubeconfig instead"),
  });
});

test("a file is read again when it has grown old, and a file that is gone or empty keeps its text", async () => {
  await using folder = await TemporaryFolder.create();
  const path = await folder.write("token", "one");
  const file = new FreshFile({ path, what: "the token", maxAgeMs: 0 });
  expect(await file.read()).toBe("one");
  await folder.write("token", "two");
  expect(await file.read()).toBe("two");
  await folder.write("token", "");
  expect(await file.read()).toBe("two");
  const empty = new FreshFile({ path, what: "the token", maxAgeMs: 0 });
  await expect(empty.read()).rejects.toThrow(`cannot read the token from ${path}: the file is empty`);
  const gone = new FreshFile({ path: `${path}-missing`, what: "the token", maxAgeMs: 0 });
  await expect(gone.read()).rejects.toThrow("cannot read the token from");
});
