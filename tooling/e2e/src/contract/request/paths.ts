/** Where the objects of a topic are. */
const core = "/api/v1/namespaces/{ns}";
const batch = "/apis/batch/v1/namespaces/{ns}";
const apps = "/apis/apps/v1/namespaces/{ns}";

export const configMaps = `${core}/configmaps`;
export const secrets = `${core}/secrets`;
export const pods = `${core}/pods`;
export const services = `${core}/services`;
export const serviceAccounts = `${core}/serviceaccounts`;
export const events = `${core}/events`;
export const deployments = `${apps}/deployments`;
export const replicaSets = `${apps}/replicasets`;
export const jobs = `${batch}/jobs`;
export const leases = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
export const nodes = "/api/v1/nodes";
export const namespaces = "/api/v1/namespaces";
