/** Stand for a pod's addresses, which only the client knows that a pod is placed on: lent to the context's `environment`. */
export const podAddress = "pod-address.nomad.invalid";
export const hostAddress = "host-address.nomad.invalid";

const clientAddress = "attr.unique.network.ip-address";

/** What Nomad puts in the place of `${NOMAD_META_dollar}`, and so on: it never looks at a value again that it has put somewhere. */
export const literalMeta: Readonly<Record<string, string>> = { dollar: "$", percent: "%" };

/** A value of a task's environment that Nomad is to leave as it is, but for the addresses. */
export function environmentText(value: string): string {
  return withAddresses(value.replaceAll(/\$+(?=\{)/g, (run) => "${NOMAD_META_dollar}".repeat(run.length)));
}

/** A text of a driver's config that Nomad, for whom it is a template of its own language, is to leave as it is. */
export function configText(value: string): string {
  return environmentText(value.replaceAll(/%+(?=\{)/g, (run) => "\u{0}".repeat(run.length))).replaceAll(
    "\u{0}",
    "${NOMAD_META_percent}",
  );
}

/** The value of a variable of the task, for a driver's config. */
export function variableText(name: string): string {
  return `\${env["${cleanName(name)}"]}`;
}

/** What Nomad makes of a variable's name. */
export function cleanName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.]/g, "_").replace(/^[0-9]/, "_");
}

/** A template's part that puts the client's address where `podAddress` and `hostAddress` are. */
export const addressFilter: string = [podAddress, hostAddress]
  .map((text) => ` | replaceAll "${text}" (env "${clientAddress}")`)
  .join("");

export function hasAddress(value: string): boolean {
  return value.includes(podAddress) || value.includes(hostAddress);
}

function withAddresses(value: string): string {
  return value
    .replaceAll(podAddress, () => `\${${clientAddress}}`)
    .replaceAll(hostAddress, () => `\${${clientAddress}}`);
}
