import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root: string = fileURLToPath(new URL("../../../../", import.meta.url)).replace(/\/$/, "");

/** What runs and tests leave behind; never committed. */
export const stateDirectory: string = join(root, ".virtual-kubelet");
