import type { Service } from "@virtual-kubelet/kubernetes";

/** What a service has that the cluster itself serves. */
const inside = { internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" };

/** Defaults of a service. Its cluster IP is given on admission, which knows those that are taken. */
export function serviceWithDefaults(service: Service): Service {
  const { spec } = service;
  if (!spec) return service;
  const { type = "ClusterIP", clusterIP } = spec;
  const ports = spec.ports?.map((port) => ({ protocol: "TCP", targetPort: port.port, ...port }));
  return {
    ...service,
    spec: {
      type,
      sessionAffinity: "None",
      ...(type === "ExternalName" ? {} : inside),
      ...(type === "NodePort" || type === "LoadBalancer" ? { externalTrafficPolicy: "Cluster" } : {}),
      ...(clusterIP === "None" ? { clusterIPs: ["None"] } : {}),
      ...spec,
      ...(ports ? { ports } : {}),
    },
    status: { loadBalancer: {}, ...service.status },
  };
}
