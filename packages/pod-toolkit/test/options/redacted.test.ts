import { describe, expect, test } from "vitest";
import { redacted } from "../../src/options/redacted.ts";

describe("redacted", () => {
  test("hides secrets at any depth, and passwords in addresses", () => {
    const options = {
      address: "https://me:secret@host:4646/path?a=b@c",
      plain: "https://host/a@b",
      token: "secret",
      empty: { token: undefined, key: "" },
      servers: [{ name: "a", token: { nested: "secret" } }],
      port: 4646,
      since: new Date(0),
      nothing: null,
    };
    expect(redacted(options, ["token", "key"])).toEqual({
      address: "https://[redacted]@host:4646/path?a=b@c",
      plain: "https://host/a@b",
      token: "[redacted]",
      empty: { token: undefined, key: "[redacted]" },
      servers: [{ name: "a", token: "[redacted]" }],
      port: 4646,
      since: new Date(0),
      nothing: null,
    });
    expect(options.token).toBe("secret");
  });

  test.each([
    ["https://me:se@cret@host/path", "https://[redacted]@host/path"],
    ["nats://a:secret@one,nats://b:secret@two", "nats://[redacted]@one,nats://[redacted]@two"],
    [" https://me:secret@host", " https://[redacted]@host"],
  ])("hides all of the passwords in %j", (address, expected) => {
    expect(redacted({ address }, [])).toEqual({ address: expected });
  });

  test("hides the secrets of an object without a prototype, as parsers make", () => {
    const tls = Object.assign(Object.create(null), { token: "secret" });
    expect(redacted({ tls }, ["token"])).toEqual({ tls: { token: "[redacted]" } });
  });
});
