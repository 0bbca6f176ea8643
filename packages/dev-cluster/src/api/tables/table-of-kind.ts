import {
  configMapTable,
  eventTable,
  leaseTable,
  namespaceTable,
  nodeTable,
  secretTable,
  serviceAccountTable,
  serviceTable,
} from "./cluster-tables.ts";
import { age } from "./human-duration.ts";
import { podTable } from "./pod-table.ts";
import type { TableDefinition } from "./table.ts";
import { deploymentTable, jobTable, replicaSetTable } from "./workload-tables.ts";

const tables: Readonly<Record<string, unknown>> = {
  ConfigMap: configMapTable,
  Deployment: deploymentTable,
  Event: eventTable,
  Job: jobTable,
  Lease: leaseTable,
  Namespace: namespaceTable,
  Node: nodeTable,
  Pod: podTable,
  ReplicaSet: replicaSetTable,
  Secret: secretTable,
  Service: serviceTable,
  ServiceAccount: serviceAccountTable,
};

const plainTable: TableDefinition = {
  columns: ["Name", "Age"],
  cells: ({ metadata }, now) => [metadata.name, age(metadata.creationTimestamp, now)],
};

/** The table of a kind; name and age for one that has none of its own. */
export function tableOfKind(kind: string): TableDefinition {
  return (tables[kind] as TableDefinition | undefined) ?? plainTable;
}
