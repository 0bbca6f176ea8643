import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runFiles } from "../../state-directory.ts";
import { bubblewrapArguments } from "../../views/bubblewrap-arguments.ts";
import { type EnteredView, isMapped } from "../../views/enter-view.ts";
import { type MountPlan, type PlannedMount, mountPlan } from "../../views/mount-plan.ts";
import { hostTree } from "../../views/tree.ts";
import type { View } from "../../views/view.ts";
import { requireTools } from "../../views/view-tools.ts";
import type { Scene } from "../processes/scene.ts";
import { ViewBuilder } from "./view-builder.ts";

const enteringTimeoutMs = 5000;

/** A view in which the main process of a run is to be started. */
export class RunView implements Disposable {
  /** What has to be kept to start further processes in it. */
  readonly entered: EnteredView;
  /** A path of the view, without links. */
  readonly workingDirectory: string;
  readonly #builder: ViewBuilder;

  private constructor(view: EnteredView, workingDirectory: string, builder: ViewBuilder) {
    this.entered = view;
    this.workingDirectory = workingDirectory;
    this.#builder = builder;
  }

  /** Makes the view of a run in its folder. Rejects when it cannot be made. */
  static async make(folder: string, view: View, workingDirectory: string): Promise<RunView> {
    const tools = requireTools();
    // Links in the way to a mount point are followed in the view, where they may lead elsewhere.
    const viewFolder = join(realpathSync(folder), runFiles.view);
    const made = makeFiles(viewFolder, view);
    const root = view.root ? join(viewFolder, "root") : undefined;
    const base = hostTree(view.root?.directory ?? "/");
    const plan = mountPlan(view, [...view.mounts, ...made], { base, workingDirectory, treeAt: hostTree });
    const builder = await ViewBuilder.build({
      tools,
      inUserNamespace: view.inUserNamespace,
      ...(view.root ? { layers: { image: view.root.directory, folder: viewFolder } } : {}),
      arguments: bubblewrapArguments(view, plan, root ?? ""),
    });
    const { user, inUserNamespace, hostname } = view;
    const entered = {
      ...(root ? { root } : {}),
      ...(hostname === undefined ? {} : { hostname }),
      user,
      inUserNamespace,
    };
    const runView = new RunView(entered, plan.workingDirectory, builder);
    try {
      if (!inUserNamespace) runView.#giveToOwners(plan);
      runView.#requireMounted(plan);
      return runView;
    } catch (error) {
      builder[Symbol.dispose]();
      throw error;
    }
  }

  /** Where the main process is started. */
  scene(environment: Scene["environment"]): Scene {
    const { pid, entered, workingDirectory } = this;
    return { environment, workingDirectory, view: { ...entered, pid, isOfContainer: false, shownAt: this.#shownAt } };
  }

  /** A process that is in the view. */
  get pid(): number {
    return this.#builder.pid;
  }

  get #shownAt(): string {
    return `/proc/${this.pid}/root${this.entered.root ?? ""}`;
  }

  /** Resolves when a process has entered the view, has ended, or has had much more time for it than it takes. */
  async entering(pid: number, ended: Promise<unknown>): Promise<void> {
    const over = ended.then(() => true);
    const giveUpMs = Date.now() + enteringTimeoutMs;
    for (let pauseMs = 1; !this.#isEntered(pid) && Date.now() < giveUpMs; pauseMs = Math.min(pauseMs * 2, 50)) {
      if (await Promise.race([over, sleep(pauseMs, false)])) return;
    }
  }

  #isEntered(pid: number): boolean {
    const { root } = this.entered;
    const namespace = targetOf(`/proc/${pid}/ns/mnt`);
    const ofView = targetOf(`/proc/${this.pid}/ns/mnt`);
    const isThere = isMapped(this.entered)
      ? namespace !== ofView && namespace !== targetOf("/proc/self/ns/mnt")
      : namespace === ofView;
    return isThere && (root === undefined || targetOf(`/proc/${pid}/root`) === root);
  }

  [Symbol.dispose](): void {
    this.#builder[Symbol.dispose]();
  }

  /** What takes a directory's place is its owner's, who else could not get at what is mounted in it. */
  #giveToOwners({ opened }: MountPlan): void {
    for (const { path } of opened) {
      const { uid, gid } = statSync(path);
      chownSync(`${this.#shownAt}${path}`, uid, gid);
    }
  }

  /** Somebody who may write to a volume could have put a link in its place while it was being mounted. */
  #requireMounted({ mounts }: MountPlan): void {
    const last = new Map(mounts.map((mount) => [mount.target, mount]));
    for (const { source, target } of last.values()) {
      const wanted = statSync(source);
      const found = statSync(`${this.#shownAt}${target}`);
      if (realpathSync(source) !== source || wanted.ino !== found.ino || wanted.dev !== found.dev) {
        throw new Error(`what is mounted at "${target}" was changed meanwhile`);
      }
    }
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Lays out the folders of a view, and the files that are made for it. */
function makeFiles(folder: string, { files, terminationMessage, root }: View): readonly PlannedMount[] {
  // Nobody else on the host is to read what a container writes to its root, or to run what it makes there (setuid).
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of root ? ["upper", "layer", "lower", "root", "files"] : ["files"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  if (root) {
    // The root's own mode is that of the layer.
    chmodSync(join(folder, "upper"), statSync(root.directory).mode & 0o7777);
  }
  const made = files.map(({ target, content }, index): PlannedMount => {
    const source = join(folder, "files", String(index));
    writeFileSync(source, content, { mode: 0o644 });
    return { source, target, readOnly: false };
  });
  if (!terminationMessage) return made;
  const source = join(folder, runFiles.terminationMessage);
  if (!existsSync(source)) writeFileSync(source, "");
  // Whoever the container is.
  chmodSync(source, 0o666);
  return [...made, { source, target: terminationMessage.target, readOnly: false }];
}
