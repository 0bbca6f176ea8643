import type { Secret } from "@virtual-kubelet/kubernetes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pullEntries } from "../../../src/context/credentials/docker-config.ts";
import { registryPattern } from "../../../src/context/credentials/registry-pattern.ts";

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString("base64");
const metadata = { namespace: "default", name: "pull", uid: "u" };
const canary = "canary-of-a-password";

function dockerConfigJson(content: unknown): Secret {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return { metadata, type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": base64(text) } };
}

function dockercfg(content: unknown): Secret {
  return { metadata, type: "kubernetes.io/dockercfg", data: { ".dockercfg": base64(JSON.stringify(content)) } };
}

/** What the first entry gives. */
function login(entry: object): object {
  const { entries, problems } = pullEntries(dockerConfigJson({ auths: { "registry.example": entry } }));
  expect(problems).toEqual([]);
  const [{ pattern, ...rest } = { pattern: undefined }] = entries;
  expect(pattern).toEqual(registryPattern("registry.example"));
  return rest;
}

describe("a pull secret", () => {
  test("has two formats", () => {
    const auths = { "registry.example": { username: "u", password: "p" } };
    const entries = [{ pattern: registryPattern("registry.example"), username: "u", password: "p" }];
    expect(pullEntries(dockerConfigJson({ auths, HttpHeaders: { a: "b" } }))).toEqual({ entries, problems: [] });
    expect(pullEntries(dockercfg(auths))).toEqual({ entries, problems: [] });
  });

  test.each([
    ["dTpw", "u", "p"],
    ["dXNlcjpw", "user", "p"],
    ["dXNlcjpwYXNz", "user", "pass"],
    ["dTpwYQ==", "u", "pa"],
    ["dTpwYQ", "u", "pa"],
    ["dTpwYXM=", "u", "pas"],
    ["dTpwYXM", "u", "pas"],
    [base64("u:a:b::c"), "u", "a:b::c"],
    [base64("u:"), "u", ""],
    [base64("ü:漢"), "ü", "漢"],
    [Buffer.from("u:~~~???>>>").toString("base64url"), "u", "~~~???>>>"],
    [` ${base64("user:a rather long password")}\n`.replace("cmF", "cmF\r\n"), "user", "a rather long password"],
  ])("has user and password in an auth, %j", (auth, username, password) => {
    expect(login({ auth })).toEqual({ username, password });
    expect(login({ auth, username: "other", password: "other" })).toEqual({ username, password });
  });

  test("has the token of an identity, in either spelling, with a user or without", () => {
    expect(login({ identitytoken: "t" })).toEqual({ identityToken: "t" });
    expect(login({ identityToken: "t" })).toEqual({ identityToken: "t" });
    expect(login({ auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "t" })).toEqual({
      username: "00000000-0000-0000-0000-000000000000",
      identityToken: "t",
    });
  });

  test("may say nothing for a registry, as where a tool keeps the passwords", () => {
    const auths = { "registry.example": {}, "other.example": { auth: "", email: "me@example" } };
    expect(pullEntries(dockerConfigJson({ auths, credsStore: "desktop" }))).toEqual({ entries: [], problems: [] });
    expect(pullEntries(dockerConfigJson({}))).toEqual({ entries: [], problems: [] });
  });

  test.each([
    [dockerConfigJson(`{"auths": ${canary}`), ".dockerconfigjson is not a docker config in JSON"],
    [dockerConfigJson(`"${canary}"`), ".dockerconfigjson is not a docker config in JSON"],
    [dockerConfigJson({ auths: [canary] }), ".dockerconfigjson is not a docker config in JSON"],
    [dockercfg([canary]), ".dockercfg is not a docker config in JSON"],
    [dockerConfigJson({ auths: { [canary]: canary } }), "entry 1 of .dockerconfigjson is no object"],
    [
      dockerConfigJson({ auths: { [canary]: { auth: `${canary}!` } } }),
      "entry 1 of .dockerconfigjson has an auth that is not base64",
    ],
    [
      dockerConfigJson({ auths: { [canary]: { auth: base64(canary) } } }),
      "entry 1 of .dockerconfigjson has an auth that is not base64 of a user and a password with a colon between them",
    ],
    [
      dockerConfigJson({ auths: { [canary]: { auth: base64(Buffer.from([0x61, 0x3a, 0xff])) } } }),
      "entry 1 of .dockerconfigjson has an auth that is not base64 of a user and a password with a colon between them",
    ],
    [
      { metadata, type: "Opaque", data: { ".dockerconfigjson": base64("{}") } },
      "it is of type Opaque, and pull secrets are of kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg",
    ],
    [
      { metadata, type: "kubernetes.io/dockercfg", data: { ".dockerconfigjson": base64("{}") } },
      "it has nothing under .dockercfg",
    ],
    [{ metadata, type: "kubernetes.io/dockerconfigjson" }, "it has nothing under .dockerconfigjson"],
  ])("that is broken says how, and nothing of what is in it: %#", (secret, problem) => {
    expect(pullEntries(secret)).toEqual({ entries: [], problems: [problem] });
  });

  test("of which one entry is broken has the others", () => {
    const auths = { "a.example": { auth: "?" }, "b.example": { username: "u", password: "p" } };
    const { entries, problems } = pullEntries(dockerConfigJson({ auths }));
    expect(entries.map(({ username }) => username)).toEqual(["u"]);
    expect(problems).toEqual(["entry 1 of .dockerconfigjson has an auth that is not base64"]);
  });

  test("of any content whatever makes nothing fail", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => `{"auths":{"a":${json}}}`),
        ),
        (content) => {
          const { entries, problems } = pullEntries(dockerConfigJson(content));
          expect(entries.length + problems.length).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
