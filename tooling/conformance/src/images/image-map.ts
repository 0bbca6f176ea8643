import type { RootDirectories } from "./root-directories.ts";

/** What an image name means to provider-process. */
export interface MappedImage {
  readonly root: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

const suite = "registry.k8s.io/e2e-test-images";

/**
 * The `images` option of provider-process for the images that the suite names, whatever their tags: with the entry points
 * that they have.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/test/utils/image/manifest.go
 */
export function imageMap({ agnhost, busybox, pause }: RootDirectories): Readonly<Record<string, MappedImage>> {
  return {
    [`${suite}/agnhost`]: { root: agnhost, command: ["/agnhost"], args: ["pause"] },
    [`${suite}/busybox`]: { root: busybox, args: ["sh"] },
    "registry.k8s.io/pause": { root: pause, command: ["/pause"], args: ["pause"] },
  };
}
