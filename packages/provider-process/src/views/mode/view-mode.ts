/** Whether containers can have root views on this host. */
export type ViewMode =
  | {
      readonly kind: "bubblewrap";
      readonly version: string;
      /** Because the node is not root, or root of less than the host. */
      readonly inUserNamespace: boolean;
      /** How what is written to a root is kept apart from its image: without overlayfs the root is a copy. */
      readonly layers: "overlayfs" | "copies";
    }
  | {
      readonly kind: "none";
      /** What is missing, and what to do about it. */
      readonly reason: string;
    };

/** The annotation of the node that says which mode it is in. */
export const viewAnnotation = "process.virtual-kubelet.io/root-views";

/** The mode in a line, for people. */
export function modeText(mode: ViewMode): string {
  if (mode.kind === "none") return `none: ${mode.reason}`;
  const { version, layers, inUserNamespace } = mode;
  return `bubblewrap ${version}, ${layers}${inUserNamespace ? ", in a user namespace" : ""}`;
}
