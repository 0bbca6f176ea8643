import type { Check, Files, Violation } from "../check.ts";
import { workspacePackages } from "../workspace.ts";
import { isProvider } from "./layer-table.ts";

/** The files of every provider, and what each is for. */
const shape: Readonly<Record<string, { readonly pattern: RegExp; readonly purpose: string }>> = {
  index: { pattern: /^src\/index\.ts$/, purpose: "src/index.ts, with the exports" },
  provider: { pattern: /^src\/provider\.ts$/, purpose: "src/provider.ts, the table of verbs" },
  options: { pattern: /^src\/options\.ts$/, purpose: "src/options.ts, the schema of its options" },
  client: { pattern: /^src\/client\.ts$/, purpose: "src/client.ts, the calls to its backend" },
  fromPod: {
    pattern: /^src\/(.+\/)?[a-z-]+-from-pod\.ts$/,
    purpose: "src/<x>-from-pod.ts, from a pod to the backend's words",
  },
  toPod: {
    pattern: /^src\/(.+\/)?pod-from-[a-z-]+\.ts$/,
    purpose: "src/pod-from-<x>.ts, from the backend's words to a pod's state",
  },
  conformance: {
    pattern: /^test\/conformance\.test\.ts$/,
    purpose: "test/conformance.test.ts, the conformance suite run on it",
  },
  fake: { pattern: /^test\/fake-[a-z-]+\.ts$/, purpose: "test/fake-<backend>.ts, an in-process fake of its backend" },
};

/** What does not apply to a provider, and why. */
const exceptions: Readonly<Record<string, { readonly without: readonly string[]; readonly because: string }>> = {
  "packages/provider-mock": {
    without: ["client", "fromPod", "toPod", "fake"],
    because: "it has no backend: its pods are values in memory",
  },
  "packages/provider-process": {
    without: ["fromPod", "toPod", "fake"],
    because: "pod-engine turns pods into containers and back, and its backend, the host, is at hand in tests",
  },
};

/** Who has read one provider knows where everything is in the next. */
export const providerShape: Check = {
  name: "provider-shape",
  promise: "every provider has the same files",
  run: (files) =>
    workspacePackages(files)
      .filter(({ folder }) => isProvider(folder))
      .flatMap(({ folder }) => missingFiles(files, folder)),
};

function missingFiles(files: Files, folder: string): Violation[] {
  const own = [...files.keys()]
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1));
  const without = new Set(exceptions[folder]?.without);
  // The suite comes with provider-testkit.
  if (!files.has("packages/provider-testkit/package.json")) without.add("conformance");
  return Object.entries(shape)
    .filter(([part, { pattern }]) => !without.has(part) && !own.some((path) => pattern.test(path)))
    .map(([, { purpose }]) => ({ path: folder, message: `lacks ${purpose}.` }));
}
