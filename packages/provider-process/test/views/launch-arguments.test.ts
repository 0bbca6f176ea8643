import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/images/image.ts";
import { bubblewrapArguments } from "../../src/views/bubblewrap-arguments.ts";
import { enterView } from "../../src/views/enter-view.ts";
import { viewFromPod } from "../../src/views/from-pod/view-from-pod.ts";
import { viewUser } from "../../src/views/from-pod/view-user.ts";
import { mountPlan } from "../../src/views/mount-plan.ts";
import type { Tree } from "../../src/views/tree.ts";
import type { ViewMount } from "../../src/views/view.ts";
import { treeOf } from "./written-tree.ts";

const tools = {
  bwrap: "bwrap",
  nsenter: "nsenter",
  unshare: "unshare",
  setpriv: "setpriv",
  mount: "mount",
  sh: "sh",
};

interface Launch {
  readonly container?: Partial<Container>;
  readonly pod?: Partial<Pod["spec"]>;
  readonly image?: Image;
  readonly mounts?: readonly ViewMount[];
  readonly inUserNamespace?: boolean;
}

/** What is at paths of the host: the volumes, an image and the host itself. */
const host: Readonly<Record<string, Tree>> = {
  "/": treeOf("/bin -> usr/bin", "/usr/bin/sh", "/etc/passwd", "/run/lock/", "/tmp/", "/var/run -> /run", "/opt/app/"),
  "/srv/box": treeOf("/bin/sh", "/var/run -> /run", "/tmp -> /var/tmp"),
};

/** How a view is made, and how a command is started in it. */
function launchOf({ container = {}, pod = {}, image = {}, mounts = [], inUserNamespace = false }: Launch) {
  const app = { name: "app", ...container };
  const metadata = { namespace: "default", name: "web", uid: "u" };
  const made: Pod = { metadata, spec: { containers: [app], ...pod } };
  const own = inUserNamespace ? { uid: 1001, gid: 1001 } : { uid: 0, gid: 0 };
  const { user } = viewUser({ pod: made, container: app, image, tables: { passwd: "", group: "" }, own });
  const resolver = { nameservers: [], searches: [], options: [] };
  const source = { pod: made, container: app, image, mounts, user, resolver, podIPs: [], hostsOfNode: "" };
  const view = viewFromPod({ ...source, inUserNamespace });
  const treeAt = (path: string) => host[path] ?? (path.includes("file") ? fileTree : treeOf());
  const base = treeAt(view.root?.directory ?? "/");
  const plan = mountPlan(view, view.mounts, { base, workingDirectory: "/work", treeAt });
  const root = view.root ? "/state/root" : "";
  const { hostname } = view;
  const entered = { ...(root ? { root } : {}), ...(hostname === undefined ? {} : { hostname }), user, inUserNamespace };
  return {
    making: bubblewrapArguments(view, plan, root).join(" "),
    entering: enterView(entered, ["sh"], {
      tools,
      pid: 7,
      workingDirectory: plan.workingDirectory,
      isOfContainer: false,
    }).join(" "),
  };
}

const fileTree: Tree = { typeOf: () => "file", linkOf: (path) => path, namesIn: () => [], modeOf: () => 0o755 };

const box = { root: "/srv/box" };
const ownRoot =
  "--unshare-uts --hostname web --dev-bind / / --proc /state/root/proc --ro-bind-try /sys /state/root/sys --dev /state/root/dev " +
  "--dev-bind-try /dev/pts /state/root/dev/pts --perms 1777 --tmpfs /state/root/dev/shm";
const ownFolders = "--perms 1777 --dir /state/root/var/tmp --dir /state/root/work";
const usual =
  "--bounding-set=-all,+audit_write,+chown,+dac_override,+fowner,+fsetid,+kill,+mknod,+net_bind_service,+net_raw,+setfcap,+setgid,+setpcap,+setuid,+sys_chroot";

const mount = (target: string, more: Partial<ViewMount> = {}): ViewMount => ({
  source: "/volumes/v",
  target,
  readOnly: false,
  ...more,
});

describe("how a view is made", () => {
  test.each<Launch & { making: string }>([
    { image: box, making: `${ownRoot} ${ownFolders}` },
    {
      image: box,
      mounts: [mount("/var/run/secrets", { readOnly: true }), mount("/etc/app.conf", { source: "/volumes/file" })],
      making: `${ownRoot} --ro-bind /volumes/v /state/root/run/secrets --bind /volumes/file /state/root/etc/app.conf ${ownFolders}`,
    },
    {
      image: box,
      container: { securityContext: { readOnlyRootFilesystem: true } },
      making: `${ownRoot} ${ownFolders} --remount-ro /state/root`,
    },
    {
      image: box,
      pod: { hostNetwork: true },
      making: `${ownRoot.replace("--unshare-uts --hostname web ", "")} ${ownFolders}`,
    },
    { mounts: [mount("/opt/app")], making: "--dev-bind / / --bind /volumes/v /opt/app" },
    {
      mounts: [mount("/opt/app"), mount("/opt/app/x")],
      making: "--dev-bind / / --bind /volumes/v /opt/app --bind /volumes/v /opt/app/x",
    },
    {
      mounts: [mount("/var/run/secrets/token"), mount("/run/other")],
      making:
        "--dev-bind / / --perms 755 --tmpfs /run --dev-bind-try /run/lock /run/lock --bind /volumes/v /run/secrets/token --bind /volumes/v /run/other",
    },
    { mounts: [mount("/tmp/x")], making: "--dev-bind / / --perms 1777 --tmpfs /tmp --bind /volumes/v /tmp/x" },
    {
      mounts: [mount("/data/x")],
      making:
        "--symlink usr/bin /bin --dev-bind-try /usr /usr --dev-bind-try /etc /etc --dev-bind-try /run /run --dev-bind-try /tmp /tmp --dev-bind-try /var /var --dev-bind-try /opt /opt --bind /volumes/v /data/x",
    },
  ])("$making", ({ making, ...launch }) => {
    expect(launchOf(launch).making).toBe(making);
  });

  test.each([
    { mounts: [mount("/")], message: 'nothing can be mounted at "/": it is the root' },
    { mounts: [mount("/bin/sh")], message: 'a directory cannot be mounted at "/bin/sh": it is a file' },
    {
      mounts: [mount("/bin", { source: "/volumes/file" })],
      message: 'a file cannot be mounted at "/bin": it is a directory',
    },
    { mounts: [mount("/bin/sh/x")], message: "/bin/sh is not a directory" },
  ])("is not: $message", ({ mounts, message }) => {
    expect(() => launchOf({ image: box, mounts })).toThrow(message);
  });
});

describe("how a command is started in a view", () => {
  const inside = "nsenter --root=/state/root --wd=/state/root/work";

  test.each<Launch & { entering: string }>([
    {
      image: box,
      entering: `nsenter --target=7 --mount --uts -- setpriv --regid=0 --clear-groups --inh-caps=-all ${usual} -- ${inside} --setuid=0 -- sh`,
    },
    {
      image: box,
      container: { securityContext: { privileged: true } },
      entering: `nsenter --target=7 --mount --uts -- setpriv --regid=0 --clear-groups -- ${inside} --setuid=0 -- sh`,
    },
    {
      image: box,
      container: {
        securityContext: { runAsUser: 7, capabilities: { drop: ["ALL"] }, allowPrivilegeEscalation: false },
      },
      pod: { securityContext: { runAsGroup: 8, fsGroup: 9, supplementalGroups: [10] } },
      entering: `nsenter --target=7 --mount --uts -- setpriv --regid=8 --groups=10,9 --inh-caps=-all --bounding-set=-all,+sys_chroot,+setuid --no-new-privs -- ${inside} --setuid=7 -- sh`,
    },
    {
      entering: "nsenter --target=7 --mount -- setpriv --regid=0 --clear-groups -- nsenter --wd=/work --setuid=0 -- sh",
    },
    {
      image: box,
      inUserNamespace: true,
      entering: `nsenter --target=7 --user --preserve-credentials --mount --uts -- setpriv --inh-caps=-all ${usual} -- ${inside} -- sh`,
    },
    {
      inUserNamespace: true,
      entering:
        "nsenter --target=7 --user --preserve-credentials --mount -- unshare --user --mount --map-user=1001 --map-group=1001 --wd=/work -- sh",
    },
    {
      image: box,
      container: { securityContext: { runAsUser: 7, allowPrivilegeEscalation: false } },
      inUserNamespace: true,
      entering:
        "nsenter --target=7 --user --preserve-credentials --mount --uts -- setpriv --no-new-privs -- unshare --user --mount --uts --map-user=7 --map-group=0 --root=/state/root --wd=/work -- sh",
    },
  ])("$entering", ({ entering, ...launch }) => {
    expect(launchOf(launch).entering).toBe(entering);
  });
});
