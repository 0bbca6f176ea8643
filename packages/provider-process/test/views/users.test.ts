import type { PodSecurityContext, SecurityContext } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { ViewScene, at, box, execIn, inUserNamespace, noViews, outputOf } from "./scene.ts";

const capabilities = "grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr '\\t' ' '";

/** What everybody can have who can have no more, and what root has by default. */
const usual = "CapEff: 00000000a80425fb";
const nothing = "CapEff: 0000000000000000";

const confined: SecurityContext = {
  runAsNonRoot: true,
  runAsUser: 1234,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

describe.skipIf(noViews)("a container in a view", () => {
  test.each<{ pod?: PodSecurityContext; container?: SecurityContext; id: string; more?: string }>([
    { id: "0 0 0", more: `${usual}\nNoNewPrivs: 0` },
    { container: { runAsUser: 1000 }, id: "1000 2000 50 2000", more: `${nothing}\nNoNewPrivs: 0` },
    { container: confined, id: "1234 0 0", more: `${nothing}\nNoNewPrivs: 1` },
    { pod: { runAsUser: 7, runAsGroup: 8, supplementalGroups: [9, 10], fsGroup: 11 }, id: "7 8 8 9 10 11" },
    { pod: { runAsUser: 1000, supplementalGroups: [9], supplementalGroupsPolicy: "Strict" }, id: "1000 2000 2000 9" },
    {
      container: { capabilities: { drop: ["ALL"] } },
      id: "0 0 0",
      // It could not be put into its root without this one.
      more: "CapEff: 0000000000040000\nNoNewPrivs: 0",
    },
    { container: { capabilities: { drop: ["KILL"] } }, id: "0 0 0", more: `CapEff: 00000000a80425db\nNoNewPrivs: 0` },
    {
      container: { capabilities: { add: ["SYS_TIME"] } },
      id: "0 0 0",
      more: `CapEff: 00000000aa0425fb\nNoNewPrivs: 0`,
    },
  ])("is $id with $pod $container", async ({ pod = {}, container = {}, id, more }) => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const made = box(
      `echo $(id -u) $(id -g) $(id -G | tr ' ' '\\n' | sort -n); ${capabilities}; exec sleep 300`,
      { securityContext: container },
      { securityContext: pod },
    );
    await node.create(made);
    await node.waitForPhase(made.metadata, "Running");
    // One user has one group there.
    const [uid = "", gid = "", ...groups] = id.split(" ");
    const shown = inUserNamespace
      ? `${uid} ${gid} ${gid}`
      : [uid, gid, ...groups.toSorted((a, b) => +a - +b)].join(" ");
    await expect.poll(() => node.logs(made.metadata)).toContain("NoNewPrivs");
    const said = await node.logs(made.metadata);
    expect(said.split("\n")[0]).toBe(shown);
    if (more) expect(said).toContain(`\n${more}\n`);
    expect(await execIn(node, made, `echo $(id -u) $(id -g); ${capabilities}`)).toBe(
      `${uid} ${gid}\n${said.split("\n").slice(1, 3).join("\n")}\n0`,
    );
  });

  test("that must not be root and would be waits, and says so as a kubelet does", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const pod = box("true", { securityContext: { runAsNonRoot: true } });
    await node.create(pod);
    const status = await node.waitFor(
      pod.metadata,
      ({ containerStatuses }) => containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError",
      "the refusal",
    );
    const { name, uid } = pod.metadata;
    expect(status.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      `container has runAsNonRoot and image will run as root (pod: "${name}_default(${uid})", container: app)`,
    );
  });

  test.skipIf(inUserNamespace)("owns what its group does in volumes, by fsGroup", async () => {
    await using scene = new ViewScene();
    await using node = await scene.node();
    const security = { runAsUser: 1234, runAsGroup: 1, fsGroup: 4321 };
    const mounts = at({ "/data": "scratch", "/memory": "memory", "/config": "config" });
    const script =
      "stat -c '%g %a' /data /memory /config/..data/; stat -L -c '%g %a' /config/key; touch /data/x && stat -c '%u %g' /data/x";
    expect(await outputOf(node, box(script, mounts, { securityContext: security }))).toBe(
      "4321 2777\n4321 3777\n4321 2755\n4321 644\n1234 4321\n",
    );
  });

  test("is given variables of the loader, and the programs that start it are not", async () => {
    await using scene = new ViewScene();
    const variables = [{ name: "LD_PRELOAD", value: "/data/evil.so", sensitive: false }];
    await using node = await scene.node({ variables });
    const pod = box("echo $LD_PRELOAD; exec sleep 300", { securityContext: { runAsUser: 1234 } });
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    // A program that was given it would say that it cannot be loaded.
    await expect.poll(() => node.logs(pod.metadata)).toBe("/data/evil.so\n");
    expect(await execIn(node, pod, "echo $LD_PRELOAD")).toBe("/data/evil.so\n0");
  });
});
