import { HttpError } from "../error-response.ts";
import { quoted } from "../printable.ts";

/** The most ports of one connection of the old form, in which the numbers of two channels for each must fit a digit's place. */
const mostPorts = 32;

/** A port as clients write it, or what is wrong with it. */
export function parsePort(text: string): number | string {
  const port = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (port === 0) return `port ${quoted(text)} must be > 0`;
  return port <= 65_535 ? port : `unable to parse ${quoted(text)} as a port: it must be a number from 1 to 65535`;
}

/**
 * Reads `port`, which is repeated, or holds several with commas between.
 *
 * @throws {HttpError} 400 when there is none, too many, or one that is not a port.
 */
export function parsePorts(query: URLSearchParams): readonly number[] {
  const texts = query.getAll("port");
  if (texts.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  if (texts.includes("")) throw new HttpError(400, 'query parameter "port" cannot be empty');
  const ports = texts.flatMap((text) => text.split(",")).map(parsePort);
  if (ports.length > mostPorts) throw new HttpError(400, `at most ${mostPorts} ports can be forwarded at once`);
  return ports.map((port) => {
    if (typeof port === "string") throw new HttpError(400, port);
    return port;
  });
}
