import { mkdirSync, writeFileSync } from "node:fs";
import { fieldTypes } from "./field-types.ts";
import { kubernetesObjects } from "./kubernetes-objects.ts";

const folder = new URL("../../../packages/kubernetes/src/objects/generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("kubernetes-objects.ts", folder), kubernetesObjects());

const validation = new URL("../../../packages/dev-cluster/src/api/validation/generated/", import.meta.url);
mkdirSync(validation, { recursive: true });
writeFileSync(new URL("field-types.ts", validation), fieldTypes(new URL("kubernetes-objects.ts", folder)));
