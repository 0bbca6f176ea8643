import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolvConf, resolverConfigFrom } from "../../src/index.ts";

const config = (part: object) => ({ nameservers: [], searches: [], options: [], ...part });

describe("a resolv.conf is read as a kubelet reads it", () => {
  // After Kubernetes' own table, pkg/kubelet/network/dns/dns_test.go (`TestParseResolvConf`).
  test.each<[text: string, says: object]>([
    ["", {}],
    [" ", {}],
    ["\n", {}],
    ["\t\n\t", {}],
    ["#comment\n", {}],
    [" #comment\n", {}],
    ["#comment\n#comment", {}],
    ["#comment\nnameserver 1.2.3.4\nsearch", { nameservers: ["1.2.3.4"] }],
    ["nameserver 1.2.3.4", { nameservers: ["1.2.3.4"] }],
    [" nameserver 1.2.3.4", { nameservers: ["1.2.3.4"] }],
    ["\tnameserver 1.2.3.4", { nameservers: ["1.2.3.4"] }],
    ["nameserver\t1.2.3.4", { nameservers: ["1.2.3.4"] }],
    ["nameserver \t 1.2.3.4", { nameservers: ["1.2.3.4"] }],
    ["nameserver 1.2.3.4\nnameserver 5.6.7.8", { nameservers: ["1.2.3.4", "5.6.7.8"] }],
    ["nameserver 1.2.3.4 #comment", { nameservers: ["1.2.3.4"] }],
    ["search ", {}],
    ["search .", {}],
    ["search . foo", { searches: ["foo"] }],
    ["search foo .  bar", { searches: ["foo", "bar"] }],
    ["search foo", { searches: ["foo"] }],
    ["search foo bar", { searches: ["foo", "bar"] }],
    ["search foo bar bat\n", { searches: ["foo", "bar", "bat"] }],
    ["search foo\nsearch bar", { searches: ["bar"] }],
    ["nameserver 1.2.3.4\nsearch foo bar", { nameservers: ["1.2.3.4"], searches: ["foo", "bar"] }],
    [
      "nameserver 1.2.3.4\nsearch foo\nnameserver 5.6.7.8\nsearch bar",
      { nameservers: ["1.2.3.4", "5.6.7.8"], searches: ["bar"] },
    ],
    ["#comment\nnameserver 1.2.3.4\n#comment\nsearch foo\ncomment", { nameservers: ["1.2.3.4"], searches: ["foo"] }],
    ["options ", {}],
    ["options ndots:5 attempts:2", { options: ["ndots:5", "attempts:2"] }],
    ["options ndots:1 edns0 attempts:2", { options: ["ndots:1", "edns0", "attempts:2"] }],
    ["options ndots:1\noptions ndots:5 attempts:3", { options: ["ndots:5", "attempts:3"] }],
    [
      "options ndots:1 timeout:3 timeout:1 attempts:3\noptions ndots:5",
      { options: ["ndots:5", "timeout:1", "attempts:3"] },
    ],
    [
      "nameserver 1.2.3.4\nsearch foo\noptions ndots:5 attempts:2",
      { nameservers: ["1.2.3.4"], searches: ["foo"], options: ["ndots:5", "attempts:2"] },
    ],
    ["search foo.bar.baz. foo bar.", { searches: ["foo.bar.baz", "foo", "bar"] }],
    ["options edns0 single-request edns0", { options: ["edns0", "single-request"] }],
    ["nameserver 1.2.3.4\r\nsearch foo\r\n", { nameservers: ["1.2.3.4"], searches: ["foo"] }],
    ["nameservers 1.2.3.4\nsearching foo\ndomain foo", {}],
  ])("%j", (text, says) => {
    expect(resolverConfigFrom(text)).toEqual(config(says));
  });

  test.each(["#comment\nnameserver", "nameserver \t ", "search foo\nnameserver\nnameserver 1.2.3.4"])(
    "but not %j",
    (text) => {
      expect(() => resolverConfigFrom(text)).toThrow(RangeError);
    },
  );
});

describe("a resolv.conf is written", () => {
  test("in the order of container runtimes", () => {
    const said = {
      nameservers: ["10.96.0.10", "::1"],
      searches: ["svc.cluster.local", "lan"],
      options: ["ndots:5", "edns0"],
    };
    expect(resolvConf(said)).toBe(
      "search svc.cluster.local lan\nnameserver 10.96.0.10\nnameserver ::1\noptions ndots:5 edns0\n",
    );
  });

  test("without lines for what is empty", () => {
    expect(resolvConf(config({ nameservers: ["1.2.3.4"] }))).toBe("nameserver 1.2.3.4\n");
    expect(resolvConf(config({}))).toBe("");
  });

  test("so that it is read back as it was", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8})?$/);
    const said = fc.record({ nameservers: fc.array(word), searches: fc.array(word), options: fc.uniqueArray(word) });
    const sameAgain = fc.property(said, (written) => {
      expect(resolverConfigFrom(resolvConf(written))).toEqual(written);
    });
    fc.assert(sameAgain);
  });
});
