import { afterEach, describe, expect, test, vi } from "vitest";
import { type NomadOptions, nomadOptions } from "../src/options.ts";

const variables = ["ADDR", "TOKEN", "REGION", "NAMESPACE", "CACERT", "CLIENT_CERT", "CLIENT_KEY", "TLS_SERVER_NAME"];

function withEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of variables) vi.stubEnv(`NOMAD_${name}`, environment[`NOMAD_${name}`]);
}

/** As the agent checks them. */
async function checked(options: NomadOptions): Promise<unknown> {
  const { issues, ...result } = await nomadOptions["~standard"].validate(options);
  return issues
    ? issues.map(({ path = [], message }) => `${path.map(String).join(".")}: ${message}`)
    : Object(result).value;
}

afterEach(() => void vi.unstubAllEnvs());

describe("the options", () => {
  test("have a default each", async () => {
    withEnvironment({});
    expect(await checked({})).toEqual({
      address: "http://127.0.0.1:4646",
      namespace: "default",
      datacenters: ["*"],
      driver: "docker",
      constraints: {},
      priority: 50,
      exclusiveCores: false,
      defaultResources: { cpu: "50m", memory: "64Mi" },
      devices: { "nvidia.com/gpu": "nvidia/gpu" },
    });
  });

  test("are taken from Nomad's own variables where they are not given", async () => {
    withEnvironment({
      NOMAD_ADDR: "https://nomad.example:4646/",
      NOMAD_TOKEN: "t",
      NOMAD_REGION: "eu",
      NOMAD_NAMESPACE: "apps",
      NOMAD_CACERT: "/ca.pem",
      NOMAD_CLIENT_CERT: "/cert.pem",
      NOMAD_CLIENT_KEY: "/key.pem",
      NOMAD_TLS_SERVER_NAME: "server.global.nomad",
    });
    expect(await checked({ namespace: "own", region: undefined })).toMatchObject({
      address: "https://nomad.example:4646",
      token: "t",
      region: "eu",
      namespace: "own",
      caCert: "/ca.pem",
      clientCert: "/cert.pem",
      clientKey: "/key.pem",
      tlsServerName: "server.global.nomad",
    });
  });

  test("take an empty variable for none", async () => {
    withEnvironment({ NOMAD_ADDR: "", NOMAD_TOKEN: "" });
    expect(await checked({})).toMatchObject({ address: "http://127.0.0.1:4646" });
    expect(await checked({})).not.toHaveProperty("token");
  });

  test.each([
    [{ address: "nomad.example:4646" }, {}, "address: must be an http or https address"],
    [{ address: "http://nomad.example/v1" }, {}, "address: must be an http or https address"],
    [{ address: "http://me:s3cret@nomad.example" }, {}, "address: must be an http or https address"],
    [{ address: "http://nomad.example#a" }, {}, "address: must be an http or https address"],
    [
      {},
      { NOMAD_ADDR: "4646" },
      "address: must be an http or https address without a path or a user: https://nomad.example:4646 (from the environment variable NOMAD_ADDR)",
    ],
    [{ driver: "qemu" }, {}, "driver: Invalid option"],
    [{ datacenters: [] }, {}, "datacenters: Too small"],
    [{ priority: 101 }, {}, "priority: Too big"],
    [{ clientCert: "/c.pem" }, {}, "clientKey: is missing: clientCert is of no use"],
    [{}, { NOMAD_CLIENT_KEY: "/k.pem" }, "clientCert: is missing: clientKey is of no use"],
    [{ defaultResources: { cpu: "much" } }, {}, 'defaultResources.cpu: must be a quantity: "100m", "64Mi"'],
    [{ adress: "http://a" }, {}, ": Unrecognized key"],
  ])("refuse %j with %j once, and say why", async (options, environment, message) => {
    withEnvironment(environment);
    expect(await checked(options as NomadOptions)).toEqual([expect.stringContaining(message)]);
  });

  test("never say a token in their JSON Schema", () => {
    withEnvironment({ NOMAD_TOKEN: "hidden" });
    const json = JSON.stringify(nomadOptions["~standard"].jsonSchema?.input({ target: "draft-2020-12" }));
    expect(json).toContain("An ACL token");
    expect(json).not.toContain("hidden");
  });
});
