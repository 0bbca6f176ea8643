import { type Versions, workspaceVersions } from "./workspace-versions.ts";

declare const __VERSIONS__: Versions | undefined;

/** What a scaffold depends on: as it was when this package was built, or, from its sources, as the workspace has it. */
export function scaffoldVersions(): Versions {
  return typeof __VERSIONS__ === "undefined" ? workspaceVersions() : __VERSIONS__;
}
