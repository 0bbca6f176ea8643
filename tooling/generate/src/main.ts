import { mkdirSync, writeFileSync } from "node:fs";
import { kubernetesObjects } from "./kubernetes-objects.ts";

const folder = new URL("../../../packages/kubernetes/src/objects/generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("kubernetes-objects.ts", folder), kubernetesObjects());
