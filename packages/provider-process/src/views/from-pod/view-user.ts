import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import type { Image } from "../../images/image.ts";
import { type ImageUser, type UserTables, knownUser, userOfImage } from "../../images/image-users.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { ViewUser } from "../view.ts";

export interface ViewUserSource {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: Image;
  /** Of the image's root, or of the host. */
  readonly tables: UserTables;
  /** Whom processes of the host run as. */
  readonly own: { readonly uid: number; readonly gid: number };
}

/** Whom a container runs as in its view, and where that user is at home. `InvalidInput`, in kubelet's words, when it may not be. */
export function viewUser(source: ViewUserSource): { readonly user: ViewUser; readonly home: string } {
  const { pod, container, image } = source;
  const security = container.securityContext ?? {};
  const ofPod = pod.spec.securityContext ?? {};
  const known = knownIn(source);
  requireNonRoot(source, known);
  const gid = security.runAsGroup ?? ofPod.runAsGroup ?? known.gid;
  const ofImage = ofPod.supplementalGroupsPolicy === "Strict" ? [] : known.groups;
  const fsGroup = ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup];
  const groups = new Set([...ofImage, ...(ofPod.supplementalGroups ?? []), ...fsGroup]);
  groups.delete(gid);
  const isLimited = image.root !== undefined || security.capabilities !== undefined;
  const capabilities = isLimited ? capabilitiesOf(security) : undefined;
  const user = {
    uid: known.uid,
    gid,
    groups: [...groups],
    ...(capabilities ? { capabilities } : {}),
    noNewPrivileges: security.allowPrivilegeEscalation === false,
  };
  return { user, home: known.home };
}

function knownIn({ pod, container, image, tables, own }: ViewUserSource): ImageUser {
  const asked = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const host = { home: "/", groups: [] };
  if (asked !== undefined) {
    // On the host, a user's group is its own number unless the pod names one, as it is without a view.
    return image.root ? (knownUser(String(asked), tables) ?? unknownUser(asked)) : { uid: asked, gid: asked, ...host };
  }
  if (!image.root && image.user === undefined) return { ...own, ...host };
  return userOfImage(image, tables) ?? unknownUser(image.user ?? "");
}

function unknownUser(user: string | number): never {
  throw new ProviderError("InvalidInput", `unable to find user ${user}: no matching entries in passwd file`);
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/security_context_others.go (`verifyRunAsNonRoot`) */
function requireNonRoot({ pod, container, image }: ViewUserSource, { uid }: ImageUser): void {
  const { runAsNonRoot = pod.spec.securityContext?.runAsNonRoot, runAsUser = pod.spec.securityContext?.runAsUser } =
    container.securityContext ?? {};
  if (!runAsNonRoot) return;
  const { name, namespace, uid: podUid } = pod.metadata;
  const where = `(pod: "${name}_${namespace}(${podUid})", container: ${container.name})`;
  const [imageUser = ""] = (image.user ?? "").split(":");
  if (runAsUser === 0) throw refused(`container's runAsUser breaks non-root policy ${where}`);
  if (runAsUser !== undefined) return;
  if (imageUser !== "" && !/^\d+$/.test(imageUser)) {
    const why = `image has non-numeric user (${imageUser}), cannot verify user is non-root`;
    throw refused(`container has runAsNonRoot and ${why} ${where}`);
  }
  if (uid === 0) throw refused(`container has runAsNonRoot and image will run as root ${where}`);
}

function refused(message: string): ProviderError {
  return new ProviderError("InvalidInput", message);
}
