import type { Options } from "tsup";

/** How every published package is built: ESM for the oldest Node.js that we support; declarations come from tsc. */
export function library(options: { readonly entry: string[]; readonly noExternal?: RegExp[] }): Options {
  return {
    entry: options.entry,
    format: "esm",
    target: "node22",
    platform: "node",
    outDir: "dist",
    clean: true,
    dts: false,
    sourcemap: true,
    splitting: true,
    ...(options.noExternal ? { noExternal: options.noExternal } : {}),
  };
}
