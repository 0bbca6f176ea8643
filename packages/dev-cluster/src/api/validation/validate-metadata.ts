import type { OwnerReference, Resource, StatusCause, StoredObject } from "@virtual-kubelet/kubernetes";
import { type Validation, causesOf, fault, required } from "./faults.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const serviceName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const serviceRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const labelNameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** Name, labels and annotation keys. */
export function validateMetadata(resource: Resource<unknown>, { metadata }: StoredObject): readonly StatusCause[] {
  const { name, generateName, labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  return causesOf(
    !name && !generateName && required("metadata.name", "name or generateName is required"),
    name ? nameFault(resource.kind, name, "metadata.name") : undefined,
    // A prefix may end in what a name may not end in.
    generateName ? nameFault(resource.kind, `${generateName.slice(0, 58)}x`, "metadata.generateName") : undefined,
    ...Object.entries(labels).flatMap(([key, value]) => [keyFault(key, "metadata.labels"), labelValueFault(value)]),
    ...Object.keys(annotations).map((key) => keyFault(key, "metadata.annotations")),
    ...ownerFaults(ownerReferences),
  );
}

/** What is being deleted is kept by what kept it then, and by nothing new (apimachinery, `ValidateNoNewFinalizers`). */
export function newFinalizerFault({ metadata }: StoredObject, current: StoredObject): Validation {
  const { deletionTimestamp, finalizers: before = [] } = current.metadata;
  const added = (metadata.finalizers ?? []).filter((one) => !before.includes(one));
  if (deletionTimestamp === undefined || added.length === 0) return undefined;
  const names = added.map((one) => JSON.stringify(one)).join(", ");
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`;
  return fault("Forbidden", "metadata.finalizers", { why });
}

/** An owner is named in full, and one of them at most is the controller (apimachinery, `ValidateOwnerReferences`). */
function ownerFaults(owners: readonly OwnerReference[]): readonly Validation[] {
  const field = "metadata.ownerReferences";
  const missing = owners.flatMap((owner, index) =>
    (["apiVersion", "kind", "name", "uid"] as const)
      .filter((part) => !owner[part])
      .map((part) => required(`${field}[${index}].${part}`, "must not be empty")),
  );
  const controllers = owners.filter((owner) => owner.controller === true);
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${controllers.map(({ kind, name }) => `${kind}/${name}`).join(" and ")}`;
  return [...missing, controllers.length > 1 && fault("Invalid", field, { value: owners, why })];
}

function nameFault(kind: string, name: string, field: string): Validation {
  const [form, rule, limit] =
    kind === "Namespace"
      ? ([label, labelRule, 63] as const)
      : kind === "Service"
        ? ([serviceName, serviceRule, 63] as const)
        : ([subdomain, subdomainRule, 253] as const);
  if (name.length > limit)
    return fault("Invalid", field, { value: name, why: `must be no more than ${limit} characters` });
  return !form.test(name) && fault("Invalid", field, { value: name, why: rule });
}

/** The name of a container, a volume: a DNS label. */
export function labelNameFault(name: string, field: string): Validation {
  if (name.length > 63) return fault("Invalid", field, { value: name, why: "must be no more than 63 characters" });
  return !label.test(name) && fault("Invalid", field, { value: name, why: labelRule });
}

function keyFault(key: string, field: string): Validation {
  const [name = "", prefix, ...more] = key.split("/").toReversed();
  const valid =
    more.length === 0 &&
    qualifiedName.test(name) &&
    name.length <= 63 &&
    (prefix === undefined || subdomain.test(prefix.toLowerCase()));
  return !valid && fault("Invalid", field, { value: key, why: labelNameRule });
}

function labelValueFault(value: string): Validation {
  if (value.length > 63)
    return fault("Invalid", "metadata.labels", { value, why: "must be no more than 63 characters" });
  return !labelValue.test(value) && fault("Invalid", "metadata.labels", { value, why: labelValueRule });
}
