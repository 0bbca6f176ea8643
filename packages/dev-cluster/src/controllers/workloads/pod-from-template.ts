import type { Draft, Labels, Pod, PodTemplateSpec, StoredObject } from "@virtual-kubelet/kubernetes";
import { controllerReference } from "../controller.ts";

/** How many pods a controller creates at one look, so that everything else gets its turn (controller-manager, `BurstReplicas`). */
export const burst = 500;

/** The pod that `owner` makes of its template; the API server completes its name. */
export function podFromTemplate(template: PodTemplateSpec, owner: StoredObject, labels: Labels = {}): Draft<Pod> {
  const { annotations, finalizers, labels: ownLabels } = template.metadata ?? {};
  const { name, namespace = "default" } = owner.metadata;
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...ownLabels, ...labels },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...template.spec, containers: template.spec?.containers ?? [] },
  };
}
