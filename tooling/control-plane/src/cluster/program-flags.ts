import { join } from "node:path";
import type { ControlPlaneProgram } from "../programs/programs.ts";
import { auditLog, auditPolicy, etcdUrl, kubeconfigFile, type Layout, serverUrl } from "./layout.ts";
import { keyFile } from "./pki.ts";

/** Where no other host is: what stands in the endpoints of Service default/kubernetes, which refuse a loopback address. */
const nowhere = "192.0.2.1";

const flagsOf: Readonly<Record<ControlPlaneProgram, (layout: Layout) => Readonly<Record<string, string>>>> = {
  etcd: (layout) => {
    const peer = `http://127.0.0.1:${layout.ports["etcd-peer"]}`;
    return {
      "data-dir": join(layout.folder, "etcd"),
      "listen-client-urls": etcdUrl(layout),
      "advertise-client-urls": etcdUrl(layout),
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": `default=${peer}`,
      // What it holds is gone with the test; a kill of the process alone loses nothing.
      "unsafe-no-fsync": "true",
    };
  },
  "kube-apiserver": (layout) => {
    const { pki, address, ports } = layout;
    return {
      "etcd-servers": etcdUrl(layout),
      "bind-address": address,
      "advertise-address": address.startsWith("127.") ? nowhere : address,
      "secure-port": String(ports["kube-apiserver"]),
      "tls-cert-file": pki.serving,
      "tls-private-key-file": keyFile(pki.serving),
      "client-ca-file": pki.clientAuthority,
      "kubelet-client-certificate": pki.kubeletClient,
      "kubelet-client-key": keyFile(pki.kubeletClient),
      "kubelet-preferred-address-types": "InternalIP",
      "requestheader-client-ca-file": pki.frontProxyAuthority,
      "requestheader-allowed-names": "front-proxy-client",
      "requestheader-username-headers": "X-Remote-User",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "proxy-client-cert-file": pki.frontProxyClient,
      "proxy-client-key-file": keyFile(pki.frontProxyClient),
      "enable-aggregator-routing": "true",
      // Where its keys can be had: nothing resolves the names of services here.
      "service-account-issuer": serverUrl(layout),
      "service-account-jwks-uri": `${serverUrl(layout)}/openid/v1/jwks`,
      "service-account-key-file": pki.serviceAccountPublicKey,
      "service-account-signing-key-file": pki.serviceAccountKey,
      "service-cluster-ip-range": "10.96.0.0/16",
      "authorization-mode": "Node,RBAC",
      "enable-admission-plugins": "NodeRestriction",
      "enable-bootstrap-token-auth": "true",
      "allow-privileged": "true",
      "audit-log-path": auditLog(layout),
      "audit-policy-file": auditPolicy(layout),
      // The default waits a quarter of a minute for each open watch when it stops.
      "shutdown-watch-termination-grace-period": "0s",
    };
  },
  "kube-controller-manager": (layout) => ({
    ...clientFlags(layout, "kube-controller-manager"),
    "root-ca-file": layout.pki.authorities,
    "service-account-private-key-file": layout.pki.serviceAccountKey,
    "use-service-account-credentials": "true",
    "cluster-signing-cert-file": layout.pki.clientAuthority,
    "cluster-signing-key-file": keyFile(layout.pki.clientAuthority),
    controllers: "*,bootstrap-signer-controller,token-cleaner-controller",
  }),
  "kube-scheduler": (layout) => clientFlags(layout, "kube-scheduler"),
};

/** The command line of a program; `extra` wins over what it would have by itself. */
export function programFlags(
  program: ControlPlaneProgram,
  layout: Layout,
  extra: Readonly<Record<string, string>> = {},
): string[] {
  return Object.entries({ ...flagsOf[program](layout), ...extra }).map(([name, value]) => `--${name}=${value}`);
}

/** A program that works through the API server, and serves only its own health. */
function clientFlags(layout: Layout, program: "kube-scheduler" | "kube-controller-manager"): Record<string, string> {
  const kubeconfig = kubeconfigFile(layout, program);
  return {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "bind-address": "127.0.0.1",
    "secure-port": String(layout.ports[program]),
    "tls-cert-file": layout.pki.serving,
    "tls-private-key-file": keyFile(layout.pki.serving),
    // There is one of each.
    "leader-elect": "false",
  };
}
