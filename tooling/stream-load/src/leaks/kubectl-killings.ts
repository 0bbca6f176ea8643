import { spawn } from "node:child_process";
import { once } from "node:events";
import { kubectl } from "@virtual-kubelet/integration/kubectl";
import type { Killing } from "./killings.ts";
import type { Victims } from "./victims.ts";

/** They take long, as programs of their own do. */
const most = 24;

/** A real kubectl, through the API server, killed once it has shown something. */
export const kubectlKillings: readonly Killing[] = [
  kubectlKilling("exec -i", ({ idle }) => ["exec", "-i", idle.pod, "--", "cat", "/dev/zero"]),
  kubectlKilling("logs -f", ({ talker }) => ["logs", "-f", talker.pod]),
  kubectlKilling("attach", ({ talker }) => ["attach", talker.pod]),
];

function kubectlKilling(name: string, args: (victims: Victims) => readonly string[]): Killing {
  return {
    name: `kubectl ${name}, in its output`,
    most,
    kill: async ({ kubeconfig }, victims) => {
      const all = ["--kubeconfig", kubeconfig, ...args(victims)];
      const child = spawn(await kubectl(), all, { stdio: ["pipe", "pipe", "pipe"] });
      let complaint = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
      const ended = once(child, "close");
      await Promise.race([once(child.stdout, "data"), ended]);
      if (child.exitCode !== null) throw new Error(`kubectl ended with ${child.exitCode}: ${complaint}`);
      child.kill("SIGKILL");
      await ended;
    },
  };
}
