import { join } from "node:path";
import { stateDirectory } from "@virtual-kubelet/bootstrap/checkout";

/** What runs leave in the checkout: their reports, and where their folders are. */
export const conformanceDirectory: string = join(stateDirectory, "conformance");

export const runNotes: string = join(conformanceDirectory, "runs");
