import { type OptionsSchema, defineProvider } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { flagFrom, numberFrom } from "../../src/options/environment-values.ts";
import { type EnvironmentTable, withEnvironment } from "../../src/options/with-environment.ts";

interface Options {
  readonly address?: string;
  readonly tls?: { readonly verify?: boolean; readonly file?: string };
  readonly retries?: number;
}

/** Says what a real schema would, and gives what it was given. */
const schema: OptionsSchema<Options, Options> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      if (typeof value !== "object" || value === null) return { issues: [{ message: "must be an object" }] };
      const options = value as Options;
      const issues = [];
      if (!options.address?.startsWith("http")) issues.push({ path: ["address"], message: "must be an address" });
      if (options.tls?.file === "") issues.push({ path: [{ key: "tls" }, "file"], message: "must not be empty" });
      return issues.length > 0 ? { issues } : { value: options };
    },
  },
};
const table: EnvironmentTable = {
  ACME_ADDR: "address",
  ACME_ADDRESS: "address",
  ACME_VERIFY: { option: "tls.verify", parse: flagFrom },
  ACME_RETRIES: { option: "retries", parse: numberFrom },
};

type Environment = Readonly<Record<string, string | undefined>>;
const check = async (input: unknown, environment: Environment, wins?: "environment" | "options") =>
  withEnvironment(schema, table, { environment, ...(wins ? { wins } : {}) })["~standard"].validate(input);

describe("withEnvironment", () => {
  test.each<[string, unknown, Environment, Options]>([
    ["takes options from variables", {}, { ACME_ADDR: "http://a" }, { address: "http://a" }],
    ["needs no other options", undefined, { ACME_ADDR: "http://a" }, { address: "http://a" }],
    ["puts variables before options", { address: "http://o" }, { ACME_ADDR: "http://a" }, { address: "http://a" }],
    ["takes an empty variable for none", { address: "http://o" }, { ACME_ADDR: "" }, { address: "http://o" }],
    [
      "takes the first of two variables",
      {},
      { ACME_ADDRESS: "http://b", ACME_ADDR: "http://a" },
      { address: "http://a" },
    ],
    [
      "leaves what stands beside an option as it is",
      { address: "http://o", tls: { file: "f" } },
      { ACME_VERIFY: "no", ACME_RETRIES: "3" },
      { address: "http://o", tls: { file: "f", verify: false }, retries: 3 },
    ],
  ])("%s", async (_, input, environment, value) => {
    expect(await check(input, environment)).toEqual({ value });
  });

  test("lets options that are given win where it is told to", async () => {
    const environment = { ACME_ADDR: "http://a", ACME_VERIFY: "yes" };
    expect(await check({ address: "http://o", tls: {} }, environment, "options")).toEqual({
      value: { address: "http://o", tls: { verify: true } },
    });
  });

  test("names the variable that a wrong value came from, and no other", async () => {
    expect(await check({ tls: { file: "" } }, { ACME_ADDR: "ftp://a", ACME_VERIFY: "1" })).toEqual({
      issues: [
        { path: ["address"], message: "must be an address (from the environment variable ACME_ADDR)" },
        { path: [{ key: "tls" }, "file"], message: "must not be empty" },
      ],
    });
    expect(await check({ address: "ftp://o" }, {})).toEqual({
      issues: [{ path: ["address"], message: "must be an address" }],
    });
  });

  test("names the variable whose text cannot be read", async () => {
    expect(await check({}, { ACME_ADDR: "http://a", ACME_VERIFY: "maybe" })).toEqual({
      issues: [
        { path: ["tls", "verify"], message: "must be true or false (from the environment variable ACME_VERIFY)" },
      ],
    });
  });

  test.each(["text", null, ["list"]])("leaves it to the schema to refuse %j", async (input) => {
    const result = await check(input, { ACME_ADDR: "http://a" });
    expect(result).toHaveProperty("issues");
  });

  test("changes nothing of what it was given", async () => {
    const input = Object.freeze({ tls: Object.freeze({ file: "f" }) });
    await check(input, { ACME_ADDR: "http://a", ACME_VERIFY: "1" });
    expect(input).toEqual({ tls: { file: "f" } });
  });

  test("makes the message of a provider that is not set up", async () => {
    const acme = defineProvider({
      name: "acme",
      schema: withEnvironment(schema, table, { environment: { ACME_ADDR: "ftp://a" } }),
      create: () => {
        throw new Error("must not be made");
      },
    });
    await expect(Promise.resolve(acme({})({} as never))).rejects.toThrow(
      'The options of provider "acme" are not valid: address: must be an address (from the environment variable ACME_ADDR)',
    );
  });
});
