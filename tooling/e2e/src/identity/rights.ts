import type { ManifestObject, PolicyRule } from "./shipped-manifest.ts";

/** One verb on one resource or subresource, `patch pods/status`: the least that a role can grant. */
export type Right = `${string} ${string}`;

/** Everything that the roles of a manifest grant, once each. */
export function rightsOf(objects: readonly ManifestObject[]): readonly Right[] {
  const rights = objects.flatMap(({ rules = [] }) =>
    rules.flatMap(({ verbs, resources }) =>
      resources.flatMap((resource) => verbs.map((verb): Right => `${verb} ${resource}`)),
    ),
  );
  return [...new Set(rights)];
}

export interface ServiceAccountSetup {
  readonly name: string;
  readonly namespace: string;
  readonly nodeName: string;
  /** A right that it is not to have. */
  readonly without: Right | undefined;
}

/** The roles and bindings of a manifest, for another account and another node, and under names of their own. */
export function rolesFor(objects: readonly ManifestObject[], setup: ServiceAccountSetup): readonly ManifestObject[] {
  const { name, namespace } = setup;
  const own = (theirs: string): string => `${namespace}:${name}:${theirs}`;
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  return objects
    .filter(({ apiVersion }) => apiVersion.startsWith("rbac.authorization.k8s.io/"))
    .map(({ metadata, rules, roleRef, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, name: own(metadata.name) },
      ...(rules ? { rules: rules.flatMap((rule) => rulesWithout(rule, setup)) } : {}),
      ...(roleRef ? { roleRef: { ...roleRef, name: own(roleRef.name) }, subjects } : {}),
    }));
}

function rulesWithout(rule: PolicyRule, { nodeName, without }: ServiceAccountSetup): PolicyRule[] {
  const { resourceNames } = rule;
  const names = resourceNames
    ? { resourceNames: resourceNames.map((name) => name.replace(/virtual-kubelet$/, nodeName)) }
    : {};
  return rule.resources.flatMap((resource) => {
    const verbs = rule.verbs.filter((verb) => `${verb} ${resource}` !== without);
    return verbs.length === 0 ? [] : [{ ...rule, ...names, resources: [resource], verbs }];
  });
}
