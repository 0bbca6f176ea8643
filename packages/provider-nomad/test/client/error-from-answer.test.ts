import { describe, expect, test } from "vitest";
import { errorFromAnswer } from "../../src/client/error-from-answer.ts";
import { requests } from "../../src/client/requests.ts";

const asker = { address: "http://nomad:4646", namespace: "default", token: "e4c1-secret" };
const get = requests.job("vk-1");
const submit = { ...requests.deregister("vk-1", { purge: false }) };

describe("the error of an answer", () => {
  test.each([
    [403, "Permission denied", get, "Unauthorized"],
    // What clients and the stream of events say.
    [500, "Permission denied", get, "Unauthorized"],
    [500, "rpc error: Permission denied", get, "Unauthorized"],
    [403, "ACL token not found", get, "Unauthorized"],
    [404, "job not found", get, "NotFound"],
    [404, 'Unknown allocation "0000"', get, "NotFound"],
    [404, "No path to node", get, "Unavailable"],
    [429, "Your IP is issuing too many concurrent connections", get, "Throttled"],
    [400, "invalid character 'x'", submit, "InvalidInput"],
    [409, '{"Path":"nomad/jobs/x"}', submit, "Conflict"],
    [500, "Enforcing job modify index 0: job already exists", submit, "Conflict"],
    [500, "1 error occurred:\n\t* Missing job task groups\n\n", submit, "InvalidInput"],
    [500, '1 error occurred:\n\t* job "t1" is in nonexistent namespace "nope"', submit, "InvalidInput"],
    [500, "variables are limited to 64KiB in total size", submit, "InvalidInput"],
    [500, "No cluster leader", get, "Unavailable"],
    [500, "rpc error: failed to get conn: dial tcp: connection refused", submit, "Unavailable"],
    [500, "alloc lookup failed: index error: Invalid UUID", get, "Unavailable"],
    [502, "must not be taken for Nomad's own word", submit, "Unavailable"],
    [501, "not here", get, "Unsupported"],
  ] as const)("%i %s is %s", (status, text, request, code) => {
    expect(errorFromAnswer({ status, text }, request, asker).code).toBe(code);
  });

  test("names the right that is missing, and where", () => {
    const { message } = errorFromAnswer({ status: 403, text: "Permission denied" }, submit, asker);
    expect(message).toContain('in namespace "default"');
    expect(message).toContain('the capability "submit-job"');
    const nodes = errorFromAnswer({ status: 403, text: "Permission denied" }, requests.nodes(), asker);
    expect(nodes.message).toContain('node { policy = "read" }');
    const variable = errorFromAnswer({ status: 403, text: "" }, requests.variables("nomad/jobs/x"), asker);
    expect(variable.message).toContain('variables { path "nomad/jobs/*" { capabilities = ["list"] } }');
  });

  test("says that there is no token", () => {
    const { message } = errorFromAnswer({ status: 403, text: "Permission denied" }, get, {
      ...asker,
      token: undefined,
    });
    expect(message).toMatch(/^no token is set .*NOMAD_TOKEN/);
  });

  test("never repeats the token", () => {
    const error = errorFromAnswer({ status: 500, text: "token e4c1-secret is odd" }, get, asker);
    expect(error.message).not.toContain("e4c1-secret");
  });

  test("keeps how long Nomad wants to be left alone", () => {
    const answer = { status: 429, text: "slow", retryAfter: "7" };
    expect(errorFromAnswer(answer, get, asker).retryAfterMs).toBe(7_000);
  });
});
