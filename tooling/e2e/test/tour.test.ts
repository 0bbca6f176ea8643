import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { transcriptOf } from "@virtual-kubelet/bootstrap/transcript";
import { walkTour } from "@virtual-kubelet/bootstrap/walk";
import { expect, inject, test } from "vitest";
import { Kubectl } from "../src/programs/kubectl-runner.ts";
import { skip } from "../src/suite/scenario.ts";

const transcript = new URL("../../bootstrap/transcripts/tour.txt", import.meta.url);

test(
  "kubectl says on a real cluster what the tour's transcript keeps of the embedded one",
  { timeout: 300_000 },
  async (context) => {
    const { release, kubectl, kubeconfig, folder } = inject("stage");
    if (release === undefined)
      skip(context, "the transcript is of the embedded cluster itself: `npm run demo` holds it to that");
    const [version = "", ...kept] = readFileSync(transcript, "utf8").split("\n\n");
    const own = versionOf(kubectl);
    if (version !== own) skip(context, `the transcript is of ${version}, and this is ${own}`);
    // Pods are refused until their namespace has its service account.
    const wait = ["wait", "--for=create", "serviceaccount/default", "--timeout=60s"];
    await new Kubectl({ program: kubectl, kubeconfig, folder }).succeed(wait);
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const { signal } = new AbortController();
    const results = await walkTour({ kubectl, kubeconfigFile: kubeconfig, signal, say }).catch((cause: unknown) => {
      throw new Error(said.join(""), { cause });
    });
    expect(transcriptOf(results)).toBe(kept.join("\n\n"));
  },
);

function versionOf(program: string): string {
  const output = execFileSync(program, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  const { clientVersion } = JSON.parse(output) as { readonly clientVersion: { readonly gitVersion: string } };
  return `kubectl ${clientVersion.gitVersion}`;
}
