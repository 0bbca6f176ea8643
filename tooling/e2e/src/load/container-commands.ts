/** Programs for containers, of the one thing that is sure to be on the node's host: Node.js. Each a command line. */

/** Gives back all that comes in, and says its SHA-256 on its standard error in the end. */
export const hashingEcho: readonly string[] = script(`
  const hash = require("node:crypto").createHash("sha256");
  process.stdin.on("data", (chunk) => {
    hash.update(chunk);
    if (!process.stdout.write(chunk)) process.stdin.pause();
  }).on("end", () => process.stderr.write(hash.digest("hex") + "\\n"));
  process.stdout.on("drain", () => process.stdin.resume());`);

/**
 * An HTTP server that says its port: `/bytes/<n>` gives n bytes, a multiple of a mebibyte, and their SHA-256 in a trailer; any
 * other path gives itself.
 */
export const httpServer: readonly string[] = script(`
  const { createHash, randomBytes } = require("node:crypto");
  const { once } = require("node:events");
  const give = async (response, length) => {
    response.setHeader("trailer", "sha256");
    const hash = createHash("sha256");
    const random = randomBytes(2 ** 20);
    for (let at = 0; at < length; at += random.length) {
      const chunk = Buffer.from(random);
      chunk.writeDoubleBE(at, 0);
      hash.update(chunk);
      if (!response.write(chunk)) await once(response, "drain");
    }
    response.addTrailers({ sha256: hash.digest("hex") });
    response.end();
  };
  require("node:http").createServer((request, response) => {
    const length = /^\\/bytes\\/(\\d+)$/.exec(request.url)?.[1];
    if (length === undefined) response.end(request.url);
    else give(response, Number(length)).catch(() => response.destroy());
  }).listen(0, function () { console.log(this.address().port); });`);

function script(text: string): readonly string[] {
  return [process.execPath, "-e", text];
}
