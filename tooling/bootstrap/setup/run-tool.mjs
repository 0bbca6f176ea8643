import { spawn } from "node:child_process";
import { SetupError } from "./setup-error.mjs";

/** Runs npm in a folder. Nothing of what it fetches gets to run scripts. */
export function npm(args, { directory, purpose }) {
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
  const patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
  const { npm_execpath: program } = process.env; // Set by npm, and by others that look like it.
  const command = program && /npm-cli\.c?js$/.test(program) ? [process.execPath, program] : ["npm"];
  return runTool([...command, ...args, ...quiet, ...patience], { directory, purpose });
}

/**
 * Runs a command and waits for it. `purpose` completes the sentence "Cannot …" when it fails; `onLine` hears what it says
 * meanwhile.
 */
export async function runTool([command, ...args], { directory, purpose, onLine = () => {} }) {
  const child = spawn(command, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said.push(text);
      for (const line of text.split("\n")) onLine(line);
    });
  }
  const code = await new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(new SetupError(`Cannot ${purpose}: ${command} does not run (${error.code}).`)),
    );
    child.once("close", resolve);
  });
  if (code !== 0) throw failure(purpose, said.join(""));
}

function failure(purpose, output) {
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|NO_OFFLINE_TARBALL|META_FETCH_FAIL/.test(
      output,
    )
  ) {
    return new SetupError(
      `Cannot ${purpose}: the network is out of reach, and the first run needs it. Connect and run this again.`,
    );
  }
  const tail = output.trim().split("\n").slice(-15).join("\n");
  return new SetupError(`${tail}\nCannot ${purpose}: see above.`);
}
