/** Nomad's own variables, and the options that they stand for. */
const variables = {
  NOMAD_ADDR: "address",
  NOMAD_TOKEN: "token",
  NOMAD_REGION: "region",
  NOMAD_NAMESPACE: "namespace",
  NOMAD_CACERT: "caCert",
  NOMAD_CLIENT_CERT: "clientCert",
  NOMAD_CLIENT_KEY: "clientKey",
  NOMAD_TLS_SERVER_NAME: "tlsServerName",
} as const;

type EnvironmentOptions = Readonly<Partial<Record<(typeof variables)[keyof typeof variables], string>>>;

/** The options that Nomad's own command would take from its environment; an empty variable is none. */
export function environmentOptions(environment: Readonly<Record<string, string | undefined>>): EnvironmentOptions {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, option]) => (environment[name] ? [[option, environment[name]]] : [])),
  );
}
