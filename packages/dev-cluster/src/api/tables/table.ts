import type { StoredObject } from "@virtual-kubelet/kubernetes";

/** What kubectl shows of one kind, as the real server's printers do (`pkg/printers/internalversion`). */
export interface TableDefinition<T = StoredObject> {
  /** Column names; those that only `-o wide` shows begin with `+`. */
  readonly columns: readonly string[];
  readonly cells: (object: T, now: Date) => readonly (string | number)[];
}

export interface TableOptions {
  readonly includeObject: string;
  readonly metadata: object;
  readonly now: Date;
}

/** A `meta.k8s.io/v1` Table of these objects. */
export function table<T extends StoredObject>(
  definition: TableDefinition<T>,
  objects: readonly T[],
  options: TableOptions,
): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.metadata,
    columnDefinitions: definition.columns.map((column) => {
      const name = column.replace("+", "");
      return {
        name,
        type: "string",
        format: name === "Name" ? "name" : "",
        description: "",
        priority: column.startsWith("+") ? 1 : 0,
      };
    }),
    rows: objects.map((object) => ({
      cells: definition.cells(object, options.now),
      object: rowObject(object, options.includeObject),
    })),
  };
}

function rowObject(object: StoredObject, include: string): object | null {
  if (include === "None") return null;
  return include === "Object" ? object : partialObject(object);
}

export function partialObject(object: StoredObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}
