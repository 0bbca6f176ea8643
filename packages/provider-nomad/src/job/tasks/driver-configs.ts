import type { NomadDriver } from "../drivers.ts";
import { type ImageTask, dockerConfig, podmanConfig } from "./image-config.ts";
import { confinementConfig, javaConfig, mockConfig, programConfig } from "./program-config.ts";

type ConfigOf = (task: ImageTask) => Readonly<Record<string, unknown>>;

/** What a task's driver is told. */
export const driverConfigs: Readonly<Record<NomadDriver, ConfigOf>> = {
  docker: dockerConfig,
  podman: podmanConfig,
  exec: ({ pod, container, command }) => ({
    ...programConfig(container, command),
    ...confinementConfig(pod, container),
  }),
  raw_exec: ({ container, command }) => programConfig(container, command),
  java: ({ pod, container, command }) => ({ ...javaConfig(container, command), ...confinementConfig(pod, container) }),
  mock_driver: ({ container, command }) => mockConfig(container, command),
};
