/** The task drivers that pods can be run by. */
export const drivers = ["docker", "podman", "exec", "raw_exec", "java", "mock_driver"] as const;

export type NomadDriver = (typeof drivers)[number];

/** Whether its tasks are containers of images, which have a network of their own. */
export function runsImages(driver: NomadDriver): boolean {
  return driver === "docker" || driver === "podman";
}
