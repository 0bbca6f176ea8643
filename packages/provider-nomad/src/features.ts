import { containersOf, featureMatrix, refused } from "@virtual-kubelet/pod-toolkit";
import type { PodFeatures } from "@virtual-kubelet/provider";
import { containerAnswers } from "./features/container-answers.ts";
import { securityAnswers } from "./features/security-answers.ts";
import { specAnswers } from "./features/spec-answers.ts";
import { volumeAnswers } from "./features/volume-answers.ts";
import { runsImages } from "./job/drivers.ts";
import type { ResolvedNomadOptions } from "./options.ts";

/** What jobs of this driver can and cannot give a pod. */
export function nomadFeatures(options: ResolvedNomadOptions): PodFeatures {
  return [
    ...withoutCommand(options),
    ...featureMatrix({
      ...specAnswers(options),
      ...containerAnswers(options),
      ...securityAnswers(options),
      ...volumeAnswers(options),
    }),
  ];
}

/** Only an image knows what it runs. */
function withoutCommand({ driver }: ResolvedNomadOptions): PodFeatures {
  if (runsImages(driver) || driver === "mock_driver") return [];
  return [
    refused({
      field: "spec.containers[*].command",
      reason: "the driver runs programs of Nomad's clients, not images: set `command`, with kubectl run by --command",
      asks: (pod) => containersOf(pod).some(({ command = [] }) => command.length === 0),
    }),
  ];
}
