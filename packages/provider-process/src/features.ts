import { containersOf, ignored, refused } from "@virtual-kubelet/pod-toolkit";
import type { PodFeatures } from "@virtual-kubelet/provider";
import { plainSecurity, viewSecurity } from "./features/security-features.ts";
import { volumeFeatures, withoutVolumes } from "./features/volume-features.ts";
import { type Images, findImage } from "./images/image.ts";
import { imageCommand } from "./images/image-command.ts";
import type { ViewMode } from "./views/mode/view-mode.ts";
import { hasMemoryFolder } from "./volumes/volume-folders.ts";

export interface FeatureOptions {
  /** Who the supervisor runs as. */
  readonly uid: number;
  readonly mode: ViewMode;
  readonly images: Images;
  readonly allowHostPath: readonly string[];
  readonly hasMemory: boolean;
}

/** What this process and its host are. */
export function ownHost(): Pick<FeatureOptions, "uid" | "hasMemory"> {
  return { uid: process.getuid?.() ?? 0, hasMemory: hasMemoryFolder() };
}

/** What a host's processes can and cannot give a pod. */
export function processFeatures(options: FeatureOptions): PodFeatures {
  const { mode, images } = options;
  const modeRows =
    mode.kind === "none"
      ? [...withoutVolumes(mode.reason), ...plainSecurity(options, mode.reason)]
      : [
          ...volumeFeatures({ ...options, isRoot: !mode.inUserNamespace }),
          ...viewSecurity(options, mode.inUserNamespace),
        ];
  return [...programs(images), ...modeRows, ...notYet];
}

function programs(images: Images): PodFeatures {
  return [
    refused({
      field: "spec.containers[*].command",
      // What kubectl run is given after `--` are arguments only, unless it is told otherwise; and with -i it says nothing else.
      reason:
        "a container without a command needs its image, and this node runs processes of its host: set `command`, with kubectl run by --command, or say in the provider's option `images` what the image runs",
      asks: (pod) =>
        containersOf(pod).some((container) => {
          const image = findImage(images, container.image ?? "");
          const { own, ofImage } = imageCommand(container, image);
          const isNamed = image !== undefined || (container.command ?? []).length > 0;
          return !isNamed || own.length + ofImage.length === 0;
        }),
    }),
    refused({
      field: "spec.containers[*].volumeDevices",
      reason: "block devices cannot be given to processes of the host",
      asks: (pod) => containersOf(pod).some(({ volumeDevices = [] }) => volumeDevices.length > 0),
    }),
  ];
}

const notYet: PodFeatures = [
  ignored({
    field: "resources",
    reason: "requests count for scheduling, and limits are not enforced on processes of the host",
    asks: (pod) => containersOf(pod).some(({ resources }) => resources?.limits !== undefined),
  }),
  ignored({
    field: "livenessProbe, readinessProbe, startupProbe",
    reason: "probes are not run yet: a container that runs counts as started and ready",
    asks: (pod) => containersOf(pod).some((each) => each.livenessProbe ?? each.readinessProbe ?? each.startupProbe),
  }),
  ignored({
    field: "lifecycle",
    reason: "postStart and preStop hooks are not run yet",
    asks: (pod) => containersOf(pod).some(({ lifecycle }) => lifecycle?.postStart ?? lifecycle?.preStop),
  }),
];
