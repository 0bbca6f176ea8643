import { type Nomad, type NomadOptions, execMissing, nomadIsBuilt, startNomad } from "@virtual-kubelet/nomad";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { afterAll, beforeAll, inject } from "vitest";
import { OwnNode, isReady } from "../suite/own-node.ts";
import type { ScenarioOptions } from "../suite/scenario.ts";
import type { SpareNode } from "../suite/stage.ts";
import { Workbench } from "../suite/workbench.ts";

export interface NomadNodeOptions extends Pick<NomadOptions, "acl" | "capacity"> {
  readonly driver?: "exec" | "raw_exec" | "mock_driver";
  /** More options of the provider. */
  readonly provider?: object;
  /** What the provider may do there, in Nomad's language: everything when absent. */
  readonly policy?: string;
}

const missing = (await nomadIsBuilt())
  ? await execMissing()
  : "Nomad is not built here, which needs Go and a compiler of C";

/** Of cases that have pods in a real Nomad. */
export const inNomad: ScenarioOptions = { unless: () => missing, timeoutMs: 180_000 };

/** A real Nomad and a node whose pods are its jobs. */
export class NomadNode implements AsyncDisposable {
  readonly nomad: Nomad;
  readonly node: OwnNode;

  private constructor(nomad: Nomad, node: OwnNode) {
    this.nomad = nomad;
    this.node = node;
  }

  /** Resolves when pods may come. */
  static async start(it: Workbench, name: SpareNode, options: NomadNodeOptions = {}): Promise<NomadNode> {
    const { driver = "exec", provider = {}, policy, ...server } = options;
    await using belongings = new Belongings();
    const nomad = belongings.use(await startNomad(server));
    const token = policy === undefined ? nomad.managementToken : await nomad.createToken({ name, policy });
    const providerConfig = { address: nomad.address, driver, ...(token === undefined ? {} : { token }), ...provider };
    const node = belongings.use(new OwnNode(it, name, { provider: "nomad", providerConfig }));
    await node.until(isReady, "Ready");
    belongings.move();
    return new NomadNode(nomad, node);
  }

  /** What a pod must say to come here, and nowhere else. */
  get placement(): OwnNode["placement"] {
    return this.node.placement;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node[Symbol.asyncDispose]();
    await this.nomad[Symbol.asyncDispose]();
  }
}

/** One for all cases of a file, where cases can be: there when they run. */
export function sharedNomad(name: SpareNode, options: NomadNodeOptions = {}): () => NomadNode {
  let shared: NomadNode | undefined;
  const belongings = new Belongings();
  beforeAll(async () => {
    if (missing !== undefined) return;
    const it = belongings.use(await Workbench.open(inject("stage")));
    shared = belongings.use(await NomadNode.start(it, name, options));
  });
  afterAll(() => belongings[Symbol.asyncDispose]());
  return () => {
    if (!shared) throw new Error(`There is no Nomad for ${name}`);
    return shared;
  };
}
