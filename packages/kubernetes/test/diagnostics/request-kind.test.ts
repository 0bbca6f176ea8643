import { expect, test } from "vitest";
import { requestKind } from "../../src/diagnostics/request-kind.ts";

test.each([
  ["GET", "/api/v1/namespaces/default/pods/web", "get", "pods"],
  ["GET", "/api/v1/namespaces/default/pods", "list", "pods"],
  ["GET", "/api/v1/pods?watch=true&resourceVersion=7", "watch", "pods"],
  ["GET", "/api/v1/pods?fieldSelector=metadata.name%3Dwatch%3Dtrue", "list", "pods"],
  ["PATCH", "/api/v1/namespaces/default/pods/web/status?dryRun=All", "patch", "pods/status"],
  ["POST", "/api/v1/namespaces/default/serviceaccounts/robot/token", "create", "serviceaccounts/token"],
  ["POST", "/api/v1/nodes", "create", "nodes"],
  ["PUT", "/api/v1/nodes/edge-1", "update", "nodes"],
  ["DELETE", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/edge-1", "delete", "leases"],
  ["DELETE", "/apis/apps/v1/namespaces/default/replicasets", "deletecollection", "replicasets"],
  ["GET", "/api/v1/namespaces", "list", "namespaces"],
  ["GET", "/api/v1/namespaces/default", "get", "namespaces"],
  ["PUT", "/api/v1/namespaces/default/finalize", "update", "namespaces/finalize"],
  ["GET", "/apis/apps/v1", "get", ""],
  ["GET", "/version", "get", ""],
  ["GET", "/", "get", ""],
])("%s %s is %s of %s", (method, path, verb, resource) => {
  expect(requestKind(method, path)).toEqual({ verb, resource });
});
