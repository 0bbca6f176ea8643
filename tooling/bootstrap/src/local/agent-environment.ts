/** The environment for an agent that is told everything by its config file: without what would outrank that. */
export function agentEnvironment(): NodeJS.ProcessEnv {
  const outranks = /^(VIRTUAL_KUBELET_|VKUBELET_|APISERVER_|KUBELET_PORT$|DEFAULT_NODE_NAME$|KUBECONFIG$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !outranks.test(name)));
}
