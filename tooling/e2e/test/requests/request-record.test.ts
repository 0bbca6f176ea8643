import { expect, test } from "vitest";
import { kubeletApiDocument } from "../../src/requests/kubelet-api-document.ts";
import { namespacePrefix, requestRecord } from "../../src/requests/request-record.ts";
import type { SeenRequest } from "../../src/requests/seen-request.ts";

const exec = "/exec/{namespace}/{pod}/{container}";
const logs = "/containerLogs/{namespace}/{pod}/{container}";
const namespace = `${namespacePrefix("1.28")}-0a1b2c3d`;
const spdy: SeenRequest = {
  method: "POST",
  path: `/exec/${namespace}/web/main`,
  upgrade: "SPDY/3.1",
  offered: ["v4.channel.k8s.io", "v3.channel.k8s.io"],
  status: 101,
  chosen: "v4.channel.k8s.io",
};
const log: SeenRequest = { method: "GET", path: `/containerLogs/${namespace}/web/main`, offered: [], status: 200 };
const record = requestRecord(
  "1.37",
  [exec, logs],
  [
    spdy,
    log,
    spdy,
    { ...log, path: "/containerLogs/e2e-0a1b2c3d/web/main" },
    { ...log, path: `/nowhere/${namespace}/` },
  ],
);

test("a record has what each kubectl sent and got, each once, and nothing of others", () => {
  expect(record).toEqual({
    target: "1.37",
    kubectls: {
      "1.28": {
        [logs]: [{ sent: "GET", got: "200" }],
        [exec]: [{ sent: "POST, SPDY/3.1: v4.channel.k8s.io, v3.channel.k8s.io", got: "101, v4.channel.k8s.io" }],
      },
    },
  });
});

test("the page has a row for each route, and for each exchange", () => {
  const routes = [
    {
      methods: ["GET", "POST"],
      path: exec,
      access: { verb: "create", subresources: ["proxy"] },
      streams: true,
    } as const,
  ];
  const rows = kubeletApiDocument(routes, [record])
    .split("\n")
    .filter((line) => line.includes("/exec/"));
  expect(rows).toEqual([
    `| \`${exec}\` | GET, POST | create nodes/proxy | streams |`,
    `| 1.28 | \`${exec}\` | POST, SPDY/3.1: v4.channel.k8s.io, v3.channel.k8s.io | 101, v4.channel.k8s.io |`,
  ]);
});
