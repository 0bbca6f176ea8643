import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { type FieldSupport, containerResources, containersOf } from "@virtual-kubelet/pod-toolkit";
import type { ResolvedNomadOptions } from "../options.ts";
import { canMount, runsImages } from "../job/drivers.ts";
import { isCapped } from "../job/tasks/task-resources.ts";
import { type AnswersFor, ignored, onlyIf, refused } from "./answers.ts";

type ContainerAnswers = AnswersFor<"spec.containers[*].", "spec.containers[*].securityContext.">;

const noProbes = ignored("probes are not run: a container that runs counts as started and ready");
const noHooks = ignored("Nomad runs no hooks in a task");
const noMessage = ignored("what a task writes there is not read: see its logs");

/** Where no driver does better than another. */
const alike = {
  "spec.containers[*].lifecycle.postStart": noHooks,
  "spec.containers[*].lifecycle.preStop": noHooks,
  "spec.containers[*].lifecycle.stopSignal": "supported",
  "spec.containers[*].livenessProbe": noProbes,
  "spec.containers[*].ports": "supported",
  "spec.containers[*].ports[*].hostIP": refused("Nomad opens a port on its client's own address: leave hostIP out"),
  "spec.containers[*].ports[*].hostPort": "supported",
  "spec.containers[*].ports[*].protocol=SCTP": refused("Nomad's ports are of TCP and UDP"),
  "spec.containers[*].ports[*].protocol=UDP": "supported",
  "spec.containers[*].readinessProbe": noProbes,
  "spec.containers[*].restartPolicy": refused("a job restarts all its main tasks alike: set the pod's restartPolicy"),
  "spec.containers[*].restartPolicyRules": refused("Nomad does not restart by exit codes"),
  "spec.containers[*].startupProbe": noProbes,
  "spec.containers[*].stdin": ignored("nobody can attach to a task of Nomad: use kubectl exec -i"),
  "spec.containers[*].stdinOnce": ignored("nobody can attach to a task of Nomad: use kubectl exec -i"),
  "spec.containers[*].terminationMessagePath": noMessage,
  "spec.containers[*].terminationMessagePolicy=FallbackToLogsOnError": noMessage,
  "spec.containers[*].volumeDevices": refused("block devices are not given to tasks"),
  "spec.containers[*].volumeMounts[*].mountPropagation": refused("mounts are not propagated between tasks and clients"),
  // Whether there is a mount at all is a matter of its volume; that of the service account's token is always read-only.
  "spec.containers[*].volumeMounts[*].readOnly": "supported",
  "spec.containers[*].volumeMounts[*].recursiveReadOnly": ignored("there are no mounts below the mounts of a task"),
} as const;

/** What a container may ask for, but for its security. */
export function containerAnswers(options: ResolvedNomadOptions): ContainerAnswers {
  const { driver } = options;
  const isImage = runsImages(driver);
  const noFiles = refused("the driver cannot mount anything at a path");
  return {
    "spec.containers[*].args": "supported",
    "spec.containers[*].command": onlyIf(driver !== "mock_driver", ignored("the mock driver runs nothing")),
    "spec.containers[*].env": "supported",
    "spec.containers[*].env[*].valueFrom.fieldRef=status.podIP": podAddressAnswer(isImage),
    "spec.containers[*].env[*].valueFrom.fileKeyRef": refused("what a task has written is not read: use a ConfigMap"),
    // Where nothing is pulled, a program is as new as its client has it.
    "spec.containers[*].imagePullPolicy=Always": "supported",
    "spec.containers[*].imagePullPolicy=Never": onlyIf(
      !isImage,
      ignored("the driver pulls an image that its client does not have"),
    ),
    ...alike,
    ...resourceAnswers(options),
    "spec.containers[*].tty": onlyIf(isImage, ignored("tasks of this driver have no terminal: use kubectl exec -t")),
    "spec.containers[*].volumeMounts[*].subPath": onlyIf(canMount(driver), noFiles),
    "spec.containers[*].workingDir": workingDirAnswer(options),
  };
}

function resourceAnswers(options: ResolvedNomadOptions) {
  const { driver, devices } = options;
  const hasOther = ({ resources }: Container): boolean =>
    [...containerResources({ resources } as Container).requests.keys()].some(
      (name) => name.includes("/") && !(name in devices),
    );
  const isUncapped = (container: Container): boolean =>
    container.resources?.limits?.["cpu"] !== undefined && !isCapped(container);
  return {
    "spec.containers[*].resources.claims": refused(
      "Nomad knows nothing of Kubernetes' devices: ask for a resource of the option `devices`",
    ),
    "spec.containers[*].resources.ephemeral-storage": "supported",
    "spec.containers[*].resources.extended": refused(
      "the option `devices` names no device of Nomad for it",
      some(hasOther),
    ),
    "spec.containers[*].resources.hugepages": refused("Nomad has no huge pages to give"),
    "spec.containers[*].resources.limits.cpu": runsImages(driver)
      ? ignored(
          "a task has the CPU that it reserves, and more when there is more: only a limit that is the request holds",
          some(isUncapped),
        )
      : ignored("a task has the CPU that it reserves, and more when there is more"),
    "spec.containers[*].resources.limits.memory": onlyIf(
      driver !== "raw_exec",
      ignored("the driver does not hold tasks to their memory"),
    ),
    "spec.containers[*].resources.requests.cpu": "supported",
    "spec.containers[*].resources.requests.memory": "supported",
  } as const;
}

function podAddressAnswer(isImage: boolean): FieldSupport {
  if (!isImage) return "supported";
  return refused(
    "Nomad does not tell a task the address of a network of its own: let the program ask its interface, or use status.hostIP",
    (pod) => pod.spec.hostNetwork !== true && usesPodAddress(pod),
  );
}

function usesPodAddress(pod: Pod): boolean {
  const paths = containersOf(pod).flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath));
  return paths.some((path) => path === "status.podIP" || path === "status.podIPs");
}

function workingDirAnswer({ driver }: ResolvedNomadOptions): FieldSupport {
  if (driver === "mock_driver") return ignored("the mock driver runs nothing");
  return onlyIf(
    runsImages(driver),
    refused("tasks of this driver start in their own folder: let the command change it, `sh -c 'cd … && exec …'`"),
  );
}

function some(asks: (container: Container) => boolean): (pod: Pod) => boolean {
  return (pod) => containersOf(pod).some(asks);
}
