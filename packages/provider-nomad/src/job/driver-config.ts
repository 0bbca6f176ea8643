import type { NomadDriver } from "./drivers.ts";
import { type ImageTask, dockerConfig, podmanConfig } from "./image-config.ts";
import { confinementConfig, javaConfig, mockConfig, programConfig } from "./program-config.ts";

/** What a task's driver is told. */
export function driverConfig(driver: NomadDriver, task: ImageTask): Readonly<Record<string, unknown>> {
  const { pod, container, command } = task;
  switch (driver) {
    case "docker":
      return dockerConfig(task);
    case "podman":
      return podmanConfig(task);
    case "exec":
      return { ...programConfig(container, command), ...confinementConfig(pod, container) };
    case "raw_exec":
      return programConfig(container, command);
    case "java":
      return { ...javaConfig(container, command), ...confinementConfig(pod, container) };
    case "mock_driver":
      return mockConfig(container, command);
  }
}
