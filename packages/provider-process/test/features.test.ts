import type { Container, PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { processFeatures } from "../src/features.ts";
import { shell } from "./process-node.ts";

/** What becomes of a pod: the fields that are not simply honoured. */
function verdicts(spec: Partial<PodSpec>, container: Partial<Container>, uid = 0): readonly string[] {
  const pod = shell("true", spec, container);
  return processFeatures({ uid }).flatMap((row) => (row.asks(pod) ? [`${row.support} ${row.field}`] : []));
}

const mount = (name: string) => ({ volumeMounts: [{ name, mountPath: "/data" }] });

describe("what a pod asks for", () => {
  test.each<{ container: Partial<Container>; spec?: Partial<PodSpec>; uid?: number; verdict: readonly string[] }>([
    { container: {}, verdict: [] },
    { container: {}, spec: { hostNetwork: true, volumes: [{ name: "unused", emptyDir: {} }] }, verdict: [] },
    { container: { command: [] }, verdict: ["refused spec.containers[*].command"] },
    { container: { command: [], args: ["run"] }, verdict: ["refused spec.containers[*].command"] },
    { container: mount("data"), verdict: ["refused spec.containers[*].volumeMounts"] },
    { container: mount("kube-api-access-x7k2p"), verdict: ["ignored service account token"] },
    { container: { securityContext: { runAsUser: 7 } }, verdict: [] },
    { container: { securityContext: { runAsUser: 7 } }, uid: 1000, verdict: ["refused securityContext.runAsUser"] },
    { container: { securityContext: { runAsUser: 1000 } }, uid: 1000, verdict: [] },
    {
      container: {},
      spec: { securityContext: { runAsNonRoot: true } },
      verdict: ["refused securityContext.runAsNonRoot"],
    },
    { container: { securityContext: { runAsNonRoot: true, runAsUser: 7 } }, verdict: [] },
    { container: { resources: { limits: { cpu: "1" } } }, verdict: ["ignored resources"] },
    { container: { resources: { requests: { cpu: "1" } } }, verdict: [] },
    {
      container: { livenessProbe: { tcpSocket: { port: 80 } } },
      verdict: ["ignored livenessProbe, readinessProbe, startupProbe"],
    },
    { container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } }, verdict: ["ignored lifecycle"] },
    { container: { stdin: true, stdinOnce: true, tty: true }, verdict: [] },
  ])("$verdict for $container $spec", ({ container, spec = {}, uid, verdict }) => {
    expect(verdicts(spec, container, uid)).toEqual(verdict);
  });
});
