import type { ResolvedNomadOptions } from "../options.ts";
import { hasChroot, runsImages } from "../job/drivers.ts";
import { type AnswersFor, ignored, onlyIf, refused } from "./answers.ts";

type SpecAnswers = Omit<
  AnswersFor<"spec.", "spec.containers[*]." | "spec.securityContext." | "spec.volumes[*].">,
  "spec.automountServiceAccountToken"
>;

/** How its containers are started, and started again. */
const lives = {
  "spec.initContainers": "supported",
  "spec.initContainers[*].restartPolicy=Always": "supported",
  "spec.restartPolicy=Always": "supported",
  "spec.restartPolicy=Never": "supported",
  "spec.restartPolicy=OnFailure": "supported",
} as const;

/** What a pod as a whole may ask for. */
export function specAnswers({ driver }: ResolvedNomadOptions): SpecAnswers {
  const isImage = runsImages(driver);
  const canShareHost = driver === "docker" || driver === "raw_exec" || hasChroot(driver);
  const noHostname = ignored("tasks of this driver are called what their client is called");
  const noDns = ignored("tasks of this driver resolve names as their client does");
  return {
    "spec.activeDeadlineSeconds": refused(
      "Nomad ends no job after a time: let a Job have the deadline, which deletes its pods",
    ),
    "spec.containers[1]": "supported",
    "spec.dnsConfig": onlyIf(isImage || hasChroot(driver), noDns),
    "spec.dnsPolicy": onlyIf(isImage || hasChroot(driver), noDns),
    "spec.ephemeralContainers": refused("Nomad adds no task to a job that runs: use kubectl exec"),
    "spec.hostAliases": onlyIf(isImage, refused("tasks of this driver have no hosts file of their own")),
    "spec.hostIPC": onlyIf(canShareHost, refused("the driver gives tasks no IPC namespace but their own")),
    "spec.hostNetwork": "supported",
    "spec.hostPID": onlyIf(canShareHost, refused("the driver gives tasks no process namespace but their own")),
    "spec.hostUsers": refused("Nomad gives a job no users of its own: `false` cannot be had"),
    "spec.hostname": hostnameAnswer(isImage, noHostname),
    "spec.hostnameOverride": hostnameAnswer(isImage, noHostname),
    "spec.imagePullSecrets": "supported",
    ...lives,
    "spec.priority": "supported",
    "spec.resourceClaims": refused(
      "Nomad knows nothing of Kubernetes' devices: ask for a resource of the option `devices`",
    ),
    "spec.resources": ignored(
      "Nomad reserves for each task: what the containers ask for counts, and for others the option `defaultResources`",
    ),
    "spec.runtimeClassName": refused("which runtime runs containers is the business of Nomad's clients"),
    "spec.setHostnameAsFQDN": ignored("a pod's host has a short name only"),
    "spec.shareProcessNamespace": refused("each task of Nomad has processes of its own"),
    "spec.subdomain": ignored("a pod's host has a short name only"),
    "spec.terminationGracePeriodSeconds": "supported",
  };
}

function hostnameAnswer(isImage: boolean, otherwise: ReturnType<typeof ignored>) {
  return isImage
    ? ignored("on its client's network it is called what the client is called", ({ spec }) => spec.hostNetwork === true)
    : otherwise;
}
