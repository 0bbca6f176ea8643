import type { Secret, ServiceAccount } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type PullSources, pullCredentials } from "../../../src/context/credentials/pull-credentials.ts";
import { podOf } from "../../pod-builder.ts";

const namespace = "default";

/** A secret with a user for each registry. */
function secretOf(users: Readonly<Record<string, string>>): Secret {
  const auths = Object.fromEntries(
    Object.entries(users).map(([registry, username]) => [registry, { username, password: "s3cret" }]),
  );
  const data = { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") };
  return { metadata: { namespace, name: "x", uid: "u" }, type: "kubernetes.io/dockerconfigjson", data };
}

const secrets: Readonly<Record<string, Secret>> = {
  hosts: secretOf({ "registry.example": "of-host", "*.example": "of-all", "https://index.docker.io/v1/": "of-hub" }),
  teams: secretOf({ "registry.example/team": "of-team", "registry.example": "of-second" }),
  broken: { ...secretOf({}), data: { ".dockerconfigjson": Buffer.from('{"auths": canary').toString("base64") } },
  opaque: { ...secretOf({ "registry.example": "of-opaque" }), type: "Opaque" },
};

const account = (...names: string[]): ServiceAccount => ({
  metadata: { namespace, name: "default", uid: "u" },
  imagePullSecrets: names.map((name) => ({ name })),
});

async function pull(image: string, names: readonly string[], sources: Partial<PullSources> = {}) {
  return pullCredentials({
    pod: podOf({ spec: { imagePullSecrets: names.map((name) => ({ name })) } }),
    image,
    secret: async (name) => secrets[name],
    serviceAccount: async () => {
      throw new Error("Only a pod without pull secrets has those of its service account");
    },
    ...sources,
  });
}

const userFor = async (...call: Parameters<typeof pull>): Promise<string | undefined> =>
  (await pull(...call)).credential?.username;

describe("the credential for an image", () => {
  test("says which registry it is for", async () => {
    expect(await pull("registry.example/app", ["hosts"])).toEqual({
      credential: { registry: "registry.example", username: "of-host", password: "s3cret" },
      events: [],
    });
    expect((await pull("nginx", ["hosts"])).credential).toMatchObject({ registry: "docker.io", username: "of-hub" });
  });

  test("is the most specific, of equal ones the first", async () => {
    expect(await userFor("registry.example/team/app", ["hosts", "teams"])).toBe("of-team");
    expect(await userFor("registry.example/app", ["hosts", "teams"])).toBe("of-host");
    expect(await userFor("registry.example/app", ["teams", "hosts"])).toBe("of-second");
    expect(await userFor("other.example/app", ["teams", "hosts"])).toBe("of-all");
  });

  test("is none for another registry, for what is no image, or without secrets", async () => {
    expect(await pull("elsewhere.test/app", ["hosts", "teams"])).toEqual({ events: [] });
    expect(await pull("No Image", ["hosts"])).toEqual({ events: [] });
    expect(await pull("registry.example/app", [], { serviceAccount: async () => undefined })).toEqual({ events: [] });
    expect(await pull("registry.example/app", [""])).toEqual({ events: [] });
  });

  test("is the service account's when the pod names no secret", async () => {
    expect(await userFor("registry.example/app", [], { serviceAccount: async () => account("teams") })).toBe(
      "of-second",
    );
  });

  test("is looked for in the other secrets when one is not there, cannot be read, or is broken", async () => {
    const secret = async (name: string): Promise<Secret | undefined> => {
      if (name === "refused") throw new ProviderError("Unauthorized", "refused");
      return secrets[name];
    };
    const { credential, events } = await pull("registry.example/app", ["none", "refused", "broken", "hosts"], {
      secret,
    });
    expect(credential?.username).toBe("of-host");
    const message = "Image pull secret broken is not used: .dockerconfigjson is not a docker config in JSON";
    expect(events).toEqual([{ type: "Warning", reason: "InvalidImagePullSecret", message }]);
  });

  test("that nobody has because secrets are missing leaves an event in kubelet's words", async () => {
    const message =
      "Unable to retrieve some image pull secrets (none, other); attempting to pull the image may not succeed.";
    expect(await pull("registry.example/app", ["none", "other", "none"])).toEqual({
      events: [{ type: "Warning", reason: "FailedToRetrieveImagePullSecret", message }],
    });
  });

  test("is not in a secret of another type, of which the pod's author hears", async () => {
    const { credential, events } = await pull("registry.example/app", ["opaque"]);
    expect(credential).toBeUndefined();
    expect(events.map(({ reason }) => reason)).toEqual(["InvalidImagePullSecret"]);
  });

  test("is asked for again when the API server does not answer", async () => {
    const secret = async (): Promise<never> => {
      throw new ProviderError("Unavailable", "no answer");
    };
    await expect(pull("registry.example/app", ["hosts"], { secret })).rejects.toMatchObject({ code: "Unavailable" });
  });
});
