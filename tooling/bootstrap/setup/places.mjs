import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[\\/]$/, "");

/** Where Node.js and pnpm are put when the machine has none that fit. */
export const toolchain = `${root}/tooling/toolchain`;

/** What runs and tests leave behind; never committed. */
export const stateDirectory = `${root}/.virtual-kubelet`;
