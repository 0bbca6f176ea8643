/** Whether a file is TypeScript or JavaScript that somebody wrote: in a package, app, tool or example, and not generated. */
export function isSource(path: string): boolean {
  return /^(packages|apps|tooling|examples)\/.*\.[cm]?[jt]s$/.test(path) && !path.includes("/generated/");
}
