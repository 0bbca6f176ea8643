/** The task drivers that pods can be run by. */
export const drivers = ["docker", "podman", "exec", "raw_exec", "java", "mock_driver"] as const;

export type NomadDriver = (typeof drivers)[number];

/** Whether its tasks are containers of images, which share a network of their own. */
export function runsImages(driver: NomadDriver): boolean {
  return driver === "docker" || driver === "podman";
}

/** Whether a task's root is its own folder, into which the client's programs are put. */
export function hasChroot(driver: NomadDriver): boolean {
  return driver === "exec" || driver === "java";
}

/** Whether files can be where a container looks for them. */
export function canMount(driver: NomadDriver): boolean {
  return runsImages(driver) || hasChroot(driver);
}
