import { fileURLToPath } from "node:url";
import { library } from "../../tooling/tsconfig/tsup.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The kubeconfig entry carries with it what it needs of development dependencies, so that they cost nothing where there is no
 * kubeconfig, and no package anywhere.
 */
export default {
  ...library({
    entry: ["src/index.ts", "src/kubeconfig.ts"],
    noExternal: [/^yaml$/, /^@kubernetes\/client-node\//, /^openid-client$/, /^rfc4648$/],
  }),
  esbuildPlugins: [
    {
      name: "kubeconfig-entry",
      setup(build: EsbuildSetup): void {
        // Its build for Node.js is CommonJS, which cannot be bundled into a module.
        build.onResolve({ filter: /^yaml$/ }, () => ({ path: here("node_modules/yaml/browser/index.js") }));
        // OpenID Connect needs one small function of the file that holds all of client-node together.
        build.onResolve({ filter: /^\.\/config\.js$/ }, () => ({
          path: here("src/kubeconfig/buffer-from-file-or-string.ts"),
        }));
      },
    },
  ],
};

interface EsbuildSetup {
  onResolve(on: { readonly filter: RegExp }, resolve: () => { readonly path: string }): void;
}
