import { library } from "../../tooling/tsconfig/tsup.ts";
import { workspaceVersions } from "./src/versions/workspace-versions.ts";

// What a scaffold depends on is written into what is built: there is no workspace around what is published.
export default {
  ...library({ entry: ["src/index.ts", "src/main.ts"] }),
  define: { __VERSIONS__: JSON.stringify(workspaceVersions()) },
};
