import { readFile } from "node:fs/promises";
import { KubernetesError } from "../client/kubernetes-error.ts";
import { Fresh } from "./fresh.ts";

export interface FreshFileOptions {
  readonly path: string;
  /** What the file is, for the error: "the service account token". */
  readonly what: string;
  /** Throws when the text cannot be all of it. */
  readonly check?: (text: string) => void;
}

/** A small file that others replace while we run. Fails with `InvalidCredentials` when it could never be read. */
export function freshFile(options: FreshFileOptions): Fresh<string> {
  const { path, what, check } = options;
  const load = async (): Promise<string> => {
    try {
      const text = await readFile(path, "utf8");
      // Who replaces it without care has truncated it and not yet written: an empty token would be no token at all.
      if (text.trim() === "") throw new Error("the file is empty");
      check?.(text);
      return text;
    } catch (cause) {
      const problem = `cannot read ${what} from ${path}: ${(cause as Error).message}`;
      throw new KubernetesError("InvalidCredentials", problem, { cause });
    }
  };
  return new Fresh({ load });
}
