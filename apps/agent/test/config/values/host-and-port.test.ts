import { expect, test } from "vitest";
import { hostAndPort } from "../../../src/config/values/host-and-port.ts";

test.each([
  ["api.example:6443", "api.example", 6443],
  ["API-1.example:1", "API-1.example", 1],
  ["10.0.0.1:65535", "10.0.0.1", 65_535],
  ["[fd00::1]:443", "fd00::1", 443],
])("%s is the host %s and the port %d", (text, host, port) => {
  expect(hostAndPort(text)).toEqual({ host, port });
});

test.each([
  "",
  "api.example",
  ":443",
  "api.example:",
  "api.example:0",
  "api.example:65536",
  "api.example:443/path",
  "https://api.example:443",
  "user@api.example:443",
  "fd00::1:443",
  "[fd00::1]",
  "[api.example]:443",
  "-a:1",
  "a b:1",
  "a:1\n",
])("%j is no host and port", (text) => {
  expect(hostAndPort(text)).toBeUndefined();
});
