import { describe, expect, test } from "vitest";
import { findImage } from "../../src/images/image.ts";
import { imageCommand } from "../../src/images/image-command.ts";
import { knownUser, userOfImage } from "../../src/images/image-users.ts";

const named = (user: string) => ({ user });

describe("what an image's name stands for", () => {
  const images = {
    "busybox:1.36": named("tag"),
    busybox: named("name"),
    "registry.test:5000/app": named("port"),
    "registry.test:5000/app@sha256:1": named("digest"),
    "registry.test:5000/*": named("registry"),
    "registry.test:5000/team/*": named("team"),
  };

  test.each([
    ["busybox:1.36", "tag"],
    ["busybox:1.36@sha256:0", "tag"],
    ["busybox:latest", "name"],
    ["busybox", "name"],
    ["busybox@sha256:0", "name"],
    ["registry.test:5000/app", "port"],
    ["registry.test:5000/app:2", "port"],
    ["registry.test:5000/app@sha256:1", "digest"],
    ["registry.test:5000/other:1", "registry"],
    ["registry.test:5000/team/app:1", "team"],
    ["busybox-extras", undefined],
    ["constructor", undefined],
  ])("%s is the entry of the %s", (name, expected) => {
    expect(findImage(images, name)?.user).toBe(expected);
    expect(findImage({ ...images, "*": named("all") }, name)?.user).toBe(expected ?? "all");
  });
});

describe("what a container runs", () => {
  const image = { command: ["entry"], args: ["default"] };

  // The table of Kubernetes' documentation.
  test.each([
    { container: {}, runs: ["entry", "default"] },
    { container: { command: ["own"] }, runs: ["own"] },
    { container: { args: ["given"] }, runs: ["entry", "given"] },
    { container: { command: ["own"], args: ["given"] }, runs: ["own", "given"] },
  ])("is $runs for $container", ({ container, runs }) => {
    const { ofImage, own } = imageCommand(container, image);
    expect([...ofImage, ...own]).toEqual(runs);
  });
});

describe("whom an image's containers run as", () => {
  const tables = {
    passwd: "root:x:0:0:root:/root:/bin/sh\nworker:x:1000:2000::/home/worker:/bin/sh\nodd\n",
    group: "root:x:0:\nstaff:x:50:worker,other\nworkers:x:2000:worker\n",
  };

  test.each([
    ["", { uid: 0, gid: 0, home: "/root", groups: [] }],
    ["1000", { uid: 1000, gid: 2000, home: "/home/worker", groups: [50] }],
    ["worker", { uid: 1000, gid: 2000, home: "/home/worker", groups: [50] }],
    ["worker:staff", { uid: 1000, gid: 50, home: "/home/worker", groups: [] }],
    ["1000:7", { uid: 1000, gid: 7, home: "/home/worker", groups: [] }],
    ["65534", { uid: 65_534, gid: 0, home: "/", groups: [] }],
    ["nobody", undefined],
    ["worker:nobody", undefined],
  ])("%j is %j", (user, expected) => {
    expect(userOfImage({ user }, tables)).toEqual(expected);
  });

  test("is root of a root that says nothing of users", () => {
    expect(userOfImage({}, { passwd: "", group: "" })).toEqual({ uid: 0, gid: 0, home: "/", groups: [] });
    expect(knownUser("root", { passwd: "", group: "" })).toBeUndefined();
  });
});
