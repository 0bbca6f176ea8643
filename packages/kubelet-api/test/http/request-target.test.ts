import { describe, expect, it } from "vitest";
import { parseRequestTarget } from "../../src/http/request-target.ts";

describe("the target of a request", () => {
  it.each([
    ["/", [""]],
    ["/pods", ["pods"]],
    ["/runningpods/", ["runningpods"]],
    ["/a//b", ["a", "", "b"]],
    ["/a%20b/c", ["a b", "c"]],
    ["/exec/ns?command=%2fbin%2f..", ["exec", "ns"]],
  ])("%s is %j", (target, segments) => {
    expect(parseRequestTarget(target).segments).toEqual(segments);
  });

  it.each([
    ["https://node/pods", 400],
    ["*", 400],
    ["", 400],
    ["/a/../pods", 400],
    ["/a/%2e%2e/pods", 400],
    ["/a%2fb", 400],
    ["/a%5cb", 400],
    ["/a%00", 400],
    ["/%1b[2J", 400],
    ["/%ff", 400],
    ["/%", 400],
    ["/exec?command=%ff", 400],
    [`/exec?command=${"a".repeat(32 * 1024)}`, 414],
  ])("%j is refused", (target, status) => {
    expect(() => parseRequestTarget(target)).toThrow(expect.objectContaining({ status }) as Error);
  });

  it("keeps every value of a repeated parameter, a plus being a space", () => {
    const { query } = parseRequestTarget("/exec?command=echo&command=a+b&command=%2B");
    expect(query.getAll("command")).toEqual(["echo", "a b", "+"]);
  });
});
