import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { type FieldSupport, containersOf } from "@virtual-kubelet/pod-toolkit";
import type { ResolvedNomadOptions } from "../options.ts";
import { hasChroot, runsImages } from "../job/drivers.ts";
import { userOf } from "../job/tasks/container-user.ts";
import { type AnswersFor, ignored, onlyIf, refused } from "./answers.ts";

type SecurityAnswers = AnswersFor<"spec.containers[*].securityContext."> & AnswersFor<"spec.securityContext.">;

/** What containers may and may not do. */
export function securityAnswers({ driver }: ResolvedNomadOptions): SecurityAnswers {
  const isImage = runsImages(driver);
  const isDocker = driver === "docker";
  const isAgent = driver === "raw_exec";
  const notHere = ignored("tasks of this driver are not confined so");
  return {
    "spec.containers[*].securityContext.allowPrivilegeEscalation": onlyIf(isDocker, notHere),
    "spec.containers[*].securityContext.appArmorProfile": profileAnswer("appArmorProfile", isDocker),
    "spec.containers[*].securityContext.capabilities.add": onlyIf(isImage || hasChroot(driver), notHere),
    "spec.containers[*].securityContext.capabilities.drop": onlyIf(isImage || hasChroot(driver), notHere),
    // Processes of the agent itself have all that it has.
    "spec.containers[*].securityContext.privileged": onlyIf(
      isImage || isAgent,
      refused("tasks of this driver are confined always"),
    ),
    "spec.containers[*].securityContext.procMount": refused("a task's /proc is as its driver makes it"),
    "spec.containers[*].securityContext.readOnlyRootFilesystem": onlyIf(isImage, notHere),
    "spec.containers[*].securityContext.runAsGroup": userAnswer(driver, (pod) => lacksUser(pod)),
    "spec.containers[*].securityContext.runAsNonRoot": nonRootAnswer(driver),
    "spec.containers[*].securityContext.runAsUser": userAnswer(driver),
    "spec.containers[*].securityContext.seLinuxOptions": ignored("labels are the business of Nomad's clients"),
    "spec.containers[*].securityContext.seccompProfile": profileAnswer("seccompProfile", isImage),
    "spec.containers[*].securityContext.windowsOptions": refused("only Linux containers are run"),
    "spec.securityContext.fsGroup": onlyIf(isImage, notHere),
    "spec.securityContext.supplementalGroups": onlyIf(isDocker, notHere),
    "spec.securityContext.supplementalGroupsPolicy": ignored("groups of the image always count, too"),
    "spec.securityContext.sysctls": onlyIf(isImage, refused("the kernel's parameters are those of the client")),
  };
}

/** A runtime's own profile is what its containers have anyhow. */
function profileAnswer(field: "appArmorProfile" | "seccompProfile", hasDefault: boolean): readonly FieldSupport[] {
  const isLocal = (pod: Pod): boolean => profilesOf(pod, field).includes("Localhost");
  return [
    refused("profiles of a pod's own are not given to clients: use `RuntimeDefault` or `Unconfined`", isLocal),
    ...(hasDefault ? [] : [ignored("tasks of this driver are not confined so", (pod: Pod) => !isLocal(pod))]),
  ];
}

function profilesOf(pod: Pod, field: "appArmorProfile" | "seccompProfile"): readonly (string | undefined)[] {
  const all = [pod.spec.securityContext, ...containersOf(pod).map(({ securityContext }) => securityContext)];
  return all.map((security) => security?.[field]?.type);
}

/** Plain programs of the client are run by users that it knows by name, the others by number. */
function userAnswer(driver: ResolvedNomadOptions["driver"], when?: (pod: Pod) => boolean): FieldSupport {
  if (driver === "mock_driver") return ignored("the mock driver runs nothing");
  if (driver === "raw_exec")
    return refused("the driver knows users by name only: leave it out, and tasks run as Nomad's agent does");
  return when ? refused("a group alone is not given to tasks: set runAsUser, too", when) : "supported";
}

function lacksUser(pod: Pod): boolean {
  return containersOf(pod).some((container) => userOf(pod, container)?.uid === undefined);
}

function nonRootAnswer(driver: ResolvedNomadOptions["driver"]): FieldSupport {
  if (driver === "mock_driver") return ignored("the mock driver runs nothing");
  if (driver === "raw_exec") return refused("tasks run as Nomad's agent does, which may be root");
  const isRoot = (pod: Pod, container: Container): boolean => {
    const uid = userOf(pod, container)?.uid;
    return isNonRoot(pod, container) && (uid === 0 || (uid === undefined && runsImages(driver)));
  };
  const reason = "the container would run as root, or as a user that only its image knows: set runAsUser";
  return refused(reason, (pod) => containersOf(pod).some((container) => isRoot(pod, container)));
}

function isNonRoot({ spec }: Pod, { securityContext }: Container): boolean {
  return securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot ?? false;
}
