import { execFileSync } from "node:child_process";

/** Whether this machine can check what we encode by a program of others. */
export function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"]);
    return true;
  } catch {
    return false;
  }
}
