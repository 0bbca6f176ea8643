import type { Service } from "@virtual-kubelet/kubernetes";

/** Defaults of a service. Its cluster IP is given on admission, which knows those that are taken. */
export function serviceWithDefaults(service: Service): Service {
  const { spec } = service;
  if (!spec) return service;
  const ports = spec.ports?.map((port) => ({ protocol: "TCP", targetPort: port.port, ...port }));
  return {
    ...service,
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...spec,
      ...(ports ? { ports } : {}),
    },
    status: { loadBalancer: {}, ...service.status },
  };
}
