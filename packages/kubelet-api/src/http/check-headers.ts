import type { IncomingMessage } from "node:http";
import { HttpError } from "../error-response.ts";

/** Room for the headers of any client; the request line has a limit of its own. */
const longestHeaders = 16 * 1024;
const mostHeaders = 100;

/** @throws {HttpError} 431 when there are too many or too long ones. */
export function checkHeaders({ rawHeaders }: IncomingMessage): void {
  if (rawHeaders.length > 2 * mostHeaders)
    throw new HttpError(431, `The request has more than ${mostHeaders} headers.`);
  const bytes = rawHeaders.reduce((sum, text) => sum + text.length, 0);
  if (bytes > longestHeaders)
    throw new HttpError(431, `The request's headers are longer than ${longestHeaders} bytes.`);
}
