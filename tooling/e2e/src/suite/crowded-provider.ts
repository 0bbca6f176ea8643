import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DefinedProvider, ProviderError, defineProvider } from "@virtual-kubelet/provider";
import {
  type ProcessOptions,
  type ResolvedProcessOptions,
  processOptions,
  processes,
} from "@virtual-kubelet/provider-process";

/** The file in its state directory that says so. */
export const fullFile = "full";

/** Processes of this host, on a backend that has no room as long as somebody says so. */
export const provider: DefinedProvider<ProcessOptions, ResolvedProcessOptions> = defineProvider({
  name: "crowded",
  schema: processOptions,
  async create(options, context) {
    const { directory } = options;
    const made = await processes(options)(context);
    return {
      ...made,
      createPod(pod, call) {
        if (directory !== undefined && existsSync(join(directory, fullFile)))
          throw new ProviderError("QuotaExceeded", "no capacity in this zone");
        return made.createPod(pod, call);
      },
    };
  },
});
