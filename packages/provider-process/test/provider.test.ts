import { lendingContext } from "@virtual-kubelet/provider-testkit";
import { describe, expect, test } from "vitest";
import { provider } from "../src/index.ts";
import { StateDirectory, call, shell } from "./process-node.ts";

const context = lendingContext();

describe("the provider", () => {
  test("describes the host as a node", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    expect(await node.provider.describeNode(call)).toMatchObject({
      capacity: { cpu: expect.stringMatching(/^\d+$/), memory: expect.stringMatching(/^\d+Ki$/), pods: "500" },
      addresses: [{ type: "InternalIP", address: "192.0.2.1" }, { type: "Hostname" }],
      operatingSystem: process.platform,
      providerID: expect.stringMatching(/^process:\/\/.+\/node$/),
      containerRuntimeVersion: `process://${process.versions.node}`,
    });
  });

  test("says what is wrong with its options, and with a directory that cannot serve", async () => {
    await expect(provider({ directry: "/tmp/x" } as object)(context)).rejects.toThrow(/directry/);
    await expect(provider({ directory: `/tmp/${"x".repeat(90)}` })(context)).rejects.toThrow(/at most 85 characters/);
  });

  test("turns away a pod whose name would lead out of its directory", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = shell("true");
    const evil = { ...pod, metadata: { ...pod.metadata, uid: "../../evil" } };
    await expect(node.create(evil)).rejects.toMatchObject({ code: "InvalidInput" });
  });

  test("counts a pod that is unknown as gone", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const ref = { namespace: "default", name: "nobody", uid: "uid-nobody" };
    await node.provider.deletePod(ref, { ...call, gracePeriodSeconds: 0 });
    expect(await node.provider.getPod(ref, call)).toBeUndefined();
  });
});
