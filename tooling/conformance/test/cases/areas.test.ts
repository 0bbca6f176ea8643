import { expect, test } from "vitest";
import { areaOf } from "../../src/cases/areas.ts";

test.each([
  ["[sig-node] ConfigMap", "[sig-node] ConfigMap"],
  ["[sig-node] FileKeyRef [Feature:EnvFiles] [FeatureGate:EnvFiles]", "[sig-node] FileKeyRef"],
  ["[sig-storage] Downward API [Feature:EphemeralStorage]", "[sig-storage] Downward API"],
  ["[sig-storage] Downward API volume", "[sig-storage] Downward API volume"],
  ["[sig-node] [DRA]", "[sig-node]"],
])("the area of what stands in %j is %j", (text, area) => {
  expect(areaOf(text)).toBe(area);
});
