import type { Printing, Workload, Workloads } from "./workloads.ts";

export interface ShellWorkloadsOptions {
  /** One that has `sh`, `sleep` and `cat`, and, for the workload that listens, busybox or perl. Absent: none is named. */
  readonly image?: string;
}

/** Workloads that are shell scripts, for every backend whose containers can run `sh -c`. */
export function shellWorkloads({ image }: ShellWorkloadsOptions = {}): Required<Workloads> {
  const shell = (script: string): Workload => ({ ...(image ? { image } : {}), command: ["sh", "-c", script] });
  return {
    run: () => shell(untilAsked("exit 0")),
    exit: ({ code, afterMs }) => shell(`sleep ${seconds(afterMs)}; exit ${code}`),
    stop: ({ code, afterMs }) => shell(untilAsked(`sleep ${seconds(afterMs)}; exit ${code}`, "echo ready; ")),
    stubborn: () => shell("trap '' TERM INT; echo ready; while :; do sleep 1; done"),
    print: (printing) => shell(printScript(printing)),
    variable: ({ name }) => shell(`printf '%s\\n' "$${name}"; ${untilAsked("exit 0")}`),
    file: ({ path }) => shell(`cat '${path}'; ${untilAsked("exit 0")}`),
    echo: () => ({ ...shell("exec cat"), stdin: true }),
    listen: ({ port }) => shell(listenScript(port)),
    commands: {
      exit: (code) => ["sh", "-c", `exit ${code}`],
      print: ({ stdout, stderr }) => ["sh", "-c", 'printf %s "$1"; printf %s "$2" >&2', "sh", stdout, stderr],
      echo: () => ["cat"],
      stay: () => ["sh", "-c", "echo $$; exec sleep 3600"],
      lives: (word) => ["sh", "-c", `kill -0 ${word}`],
    },
  };
}

/** A shell that waits for a child hears a signal at once; one that runs it in the foreground does not. */
function untilAsked(then: string, first = ""): string {
  return `trap 'kill $! 2>/dev/null; ${then}' TERM INT; ${first}while :; do sleep 3600 & wait $!; done`;
}

/** Of netcats only busybox's is known to run programs, and only some of it take one connection after another. */
function listenScript(port: number): string {
  const socket = `IO::Socket::INET->new(Listen => 5, LocalPort => ${port}, ReuseAddr => 1) or die`;
  const serve = "while ($c = $l->accept) { syswrite($c, $b, $n) while $n = sysread($c, $b, 4096); close $c }";
  const perl = `exec perl -MIO::Socket::INET -e '$l = ${socket}; ${serve}'`;
  const netcats = ["-lk", "-ll", "-l"].map((flag) => `busybox nc ${flag} -p ${port} -e cat`).join(" || ");
  return `if command -v perl >/dev/null; then ${perl}; else while :; do ${netcats}; done; fi`;
}

function printScript({ lines, everyMs, afterwards }: Printing): string {
  const pause = everyMs > 0 ? `sleep ${seconds(everyMs)}; ` : "";
  const prints = lines.map(({ stream, text }) => `echo '${text}'${stream === "stderr" ? " >&2" : ""}`);
  const end = afterwards === "run" ? untilAsked("exit 0") : `exit ${afterwards}`;
  return `${prints.join(`; ${pause}`)}; ${end}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
