import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { World } from "./world.ts";

/** What is known of the world without asking it: which steps make sense. */
export interface Model {
  readonly pods: Set<string>;
  isBackendBroken: boolean;
  isApiDown: boolean;
}

interface StepOptions {
  readonly says: string;
  readonly isPossible: (model: Model) => boolean;
  readonly run: (model: Model, world: World) => Promise<void> | void;
}

/** One step of a history, and a moment for the node to notice it. */
class Step implements fc.AsyncCommand<Model, World> {
  readonly #options: StepOptions;
  readonly #pauseMs: number;

  constructor(options: StepOptions, pauseMs: number) {
    this.#options = options;
    this.#pauseMs = pauseMs;
  }

  check(model: Readonly<Model>): boolean {
    return this.#options.isPossible(model);
  }

  async run(model: Model, world: World): Promise<void> {
    await this.#options.run(model, world);
    await sleep(this.#pauseMs);
  }

  toString(): string {
    return `${this.#options.says}, ${this.#pauseMs} ms`;
  }
}

const name = fc.constantFrom("a", "b", "c", "d");
const exitCode = fc.nat({ max: 100 });
const pauseMs = fc.constantFrom(0, 20, 100, 300);
const behaviour = fc.oneof(
  fc.constant({}),
  fc.record({ runMs: fc.nat({ max: 600 }), exitCode }),
  fc.record({ startMs: fc.nat({ max: 300 }), stopMs: fc.nat({ max: 300 }) }),
);

/** A step on a pod that is there. */
const onPod = (options: StepOptions & { readonly name: string }): StepOptions => ({
  ...options,
  isPossible: (model) => model.pods.has(options.name) && options.isPossible(model),
});

const create = fc.tuple(name, behaviour).map(([pod, like]): StepOptions => ({
  says: `create ${pod} ${JSON.stringify(like)}`,
  isPossible: ({ pods }) => !pods.has(pod),
  async run({ pods }, world) {
    pods.add(pod);
    await world.create(pod, like);
  },
}));

const remove = fc.tuple(name, fc.constantFrom(0, 1, 30)).map(([pod, grace]) =>
  onPod({
    name: pod,
    says: `delete ${pod} with ${grace} s`,
    isPossible: () => true,
    async run({ pods }, world) {
      pods.delete(pod);
      await world.delete(pod, grace);
    },
  }),
);

const recreate = fc.tuple(name, behaviour).map(([pod, like]) =>
  onPod({
    name: pod,
    says: `recreate ${pod} ${JSON.stringify(like)}`,
    isPossible: () => true,
    async run(_, world) {
      await world.delete(pod, 0);
      await world.create(pod, like);
    },
  }),
);

const relabel = fc
  .tuple(name, fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom("x", "y") }))
  .map(([pod, label]) =>
    onPod({
      name: pod,
      says: `relabel ${pod} ${label}`,
      isPossible: () => true,
      run: (_, world) => world.relabel(pod, label),
    }),
  );

const tamper = fc.tuple(name, fc.constantFrom("finish", "lose"), exitCode).map(([pod, what, code]) =>
  onPod({
    name: pod,
    says: `${what} ${pod} with ${code}`,
    isPossible: () => true,
    run: (_, world) => world.tamper(pod, what, code),
  }),
);

const restart = fc.constant<StepOptions>({
  says: "restart the node",
  isPossible: () => true,
  run: (_, world) => world.restartNode(),
});

const breakBackend = fc.constantFrom("error", "hang", "late").map((kind): StepOptions => ({
  says: `every call to the backend meets: ${kind}`,
  isPossible: ({ isBackendBroken }) => !isBackendBroken,
  async run(model, world) {
    model.isBackendBroken = true;
    await world.breakBackend(kind);
  },
}));

const mendBackend = fc.constant<StepOptions>({
  says: "mend the backend",
  isPossible: ({ isBackendBroken }) => isBackendBroken,
  async run(model, world) {
    model.isBackendBroken = false;
    await world.breakBackend(undefined);
  },
});

const turnApi = fc.boolean().map((isDown): StepOptions => ({
  says: isDown ? "the API server is away" : "the API server is back",
  isPossible: ({ isApiDown }) => isApiDown !== isDown,
  run(model, world) {
    model.isApiDown = isDown;
    world.breakApi(isDown);
  },
}));

const steps = [create, create, create, remove, recreate, relabel, tamper, restart, breakBackend, mendBackend, turnApi];

/** Random histories of so many steps at most. */
export function histories(maxSteps: number): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, World>>> {
  const all = steps.map((step) => fc.tuple(step, pauseMs).map(([options, ms]) => new Step(options, ms)));
  return fc.commands(all, { maxCommands: maxSteps, size: "max" });
}
