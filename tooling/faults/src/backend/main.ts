/* The backend as a program of its own: `node main.ts <log file>`. Says on its first line where it listens. */
import { BackendServer } from "./backend-server.ts";

const [log = ""] = process.argv.slice(2);
const port = await new BackendServer({ log }).listen();
process.stdout.write(`${JSON.stringify({ port })}\n`);
// Whoever started it and is no more needs it no more.
process.stdin.resume().on("end", () => process.exit());
