import { readFileSync } from "node:fs";

/**
 * Stands in for client-node's function of this name in what is published: its own file would bring all of the API's
 * classes along.
 */
export function bufferFromFileOrString(file: string | undefined, data: string | undefined): Buffer | null {
  if (file) return readFileSync(file);
  return data ? Buffer.from(data, "base64") : null;
}
