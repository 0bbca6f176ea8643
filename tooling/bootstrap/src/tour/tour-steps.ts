/** One line of kubectl in the tour. What it prints and its exit code are in the transcript. */
export interface TourStep {
  /** Said before it: what there is to see. Absent: it goes with the line before. */
  readonly say?: string;
  /** The arguments of kubectl; paths are from the checkout. */
  readonly kubectl: readonly string[];
  /** 0 when absent. */
  readonly exitCode?: number;
}

const manifest = "examples/sample/tour.yaml";

/** The tour, in order: `npm run demo` walks it on the development cluster, and it can be walked on any other. */
export const tourSteps: readonly TourStep[] = [
  { say: "A Deployment of three replicas rolls out.", kubectl: ["apply", "-f", manifest] },
  { kubectl: ["rollout", "status", "deployment/hello", "--timeout=60s"] },
  { kubectl: ["wait", "--for=condition=Ready", "pod/phoenix", "--timeout=60s"] },
  { kubectl: ["get", "pods", "-l", "app=hello"] },
  { say: "Logs stream until the container ends.", kubectl: ["logs", "-f", "counter", "--pod-running-timeout=60s"] },
  { kubectl: ["wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/counter", "--timeout=60s"] },
  {
    say: "A command runs in a container, with its environment, and its exit code comes back.",
    kubectl: [
      "exec",
      "deployment/hello",
      "--",
      "sh",
      "-c",
      'echo "$GREETING from inside"; echo "and from stderr" >&2; exit 7',
    ],
    exitCode: 7,
  },
  { say: "A container crashes and comes back.", kubectl: ["exec", "phoenix", "--", "touch", "crash"] },
  { kubectl: ["wait", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "pod/phoenix", "--timeout=60s"] },
  { kubectl: ["wait", "--for=condition=Ready", "pod/phoenix", "--timeout=60s"] },
  { kubectl: ["get", "pod", "phoenix"] },
  { kubectl: ["logs", "phoenix", "--previous"] },
  {
    kubectl: [
      "get",
      "pod",
      "phoenix",
      "-o",
      'jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}{"\\n"}',
    ],
  },
  { say: "All of it is deleted.", kubectl: ["delete", "-f", manifest, "--grace-period=2", "--timeout=60s"] },
  { kubectl: ["wait", "--for=delete", "pod", "-l", "app=hello", "--timeout=60s"] },
  { kubectl: ["get", "pods"] },
];
