import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FakeAllocation, FakeJob, FakeState } from "./state.ts";
import { FakeTask } from "./fake-task.ts";

const tellMs = 50;

/** An allocation that is run: its tasks in the order of their lifecycles. */
export class FakeRun {
  readonly allocation: FakeAllocation;
  readonly logs: string;
  readonly #state: FakeState;
  readonly #prestart: readonly FakeTask[];
  readonly #sidecars: readonly FakeTask[];
  readonly #main: readonly FakeTask[];
  #telling: NodeJS.Timeout | undefined;

  constructor(
    state: FakeState,
    options: { readonly job: FakeJob; readonly allocation: FakeAllocation; readonly folder: string },
  ) {
    const { job, allocation, folder } = options;
    this.#state = state;
    this.allocation = allocation;
    this.logs = join(folder, allocation.ID);
    mkdirSync(this.logs, { recursive: true });
    const of = (is: (task: FakeJob["TaskGroups"][0]["Tasks"][0]) => boolean): FakeTask[] =>
      job.TaskGroups[0].Tasks.filter(is).map(
        (task) => new FakeTask({ state, job, task, folder: this.logs, changed: () => this.#tell() }),
      );
    this.#prestart = of(({ Lifecycle }) => Lifecycle?.Hook === "prestart" && !Lifecycle.Sidecar);
    this.#sidecars = of(({ Lifecycle }) => Lifecycle?.Hook === "prestart" && Lifecycle.Sidecar);
    this.#main = of(({ Lifecycle }) => !Lifecycle);
  }

  get tasks(): readonly FakeTask[] {
    return [...this.#prestart, ...this.#sidecars, ...this.#main];
  }

  async run(): Promise<void> {
    this.#tell();
    const sidecars = this.#sidecars.map((task) => task.run());
    await Promise.all(this.#prestart.map((task) => task.run().then(() => this.#endWith(task))));
    await this.#until(() => this.#sidecars.every(({ status }) => status.State !== "pending"));
    if (this.allocation.DesiredStatus === "run" && !this.#prestart.some(({ status }) => status.Failed)) {
      await Promise.all(this.#main.map((task) => task.run().then(() => this.#endWith(task))));
    } else for (const { status } of this.#main) status.State = "dead";
    for (const task of this.#sidecars) task.stop();
    await Promise.all(sidecars);
    this.#tell();
  }

  stop(description: string): void {
    if (this.allocation.DesiredStatus === "stop") return;
    this.allocation.DesiredStatus = "stop";
    this.allocation.DesiredDescription = description;
    this.#tell();
    for (const task of this.tasks) if (task.status.State !== "dead") task.stop();
  }

  kill(): void {
    clearTimeout(this.#telling);
    for (const task of this.tasks) task.kill();
  }

  /** A task that has failed for good takes the others with it. */
  #endWith({ status }: FakeTask): void {
    if (status.Failed) for (const other of this.tasks) if (other.status.State !== "dead") other.stop();
  }

  async #until(is: () => boolean): Promise<void> {
    const forever = new AbortController().signal;
    while (!is() && this.allocation.DesiredStatus === "run") await this.#state.changed(forever);
  }

  /** A client tells its server what has become of tasks now and then, not at once. */
  #tell(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#tellNow();
    }, tellMs);
  }

  #tellNow(): void {
    const states = this.tasks.map(({ status }) => status);
    const has = (State: string): boolean => states.some((each) => each.State === State);
    const isOver = states.every(({ State }) => State === "dead");
    const isFailed = states.some(({ Failed }) => Failed);
    this.allocation.ClientStatus = isOver
      ? isFailed
        ? "failed"
        : "complete"
      : has("running") || this.#hasStarted()
        ? "running"
        : "pending";
    this.allocation.TaskStates = Object.fromEntries(this.tasks.map(({ name, status }) => [name, { ...status }]));
    if (this.#hasStarted()) this.allocation.NetworkStatus ??= { InterfaceName: "", Address: "" };
    this.#state.putAllocation(this.allocation);
    if (isOver) this.#endJob();
  }

  #hasStarted(): boolean {
    return this.tasks.some(({ status }) => status.StartedAt !== null);
  }

  #endJob(): void {
    const job = this.#state.jobs.get(this.allocation.JobID);
    if (!job || job.Status === "dead") return;
    this.#state.putJob({ ...job, Status: "dead", ModifyIndex: this.#state.next() }, "AllocationUpdated");
  }
}
