import { expect, test } from "vitest";
import { referencesOf } from "../../../src/context/references/references-of.ts";
import { podOf } from "../../pod-builder.ts";

test("a pod refers to what its containers' environment and its volumes are made of, to each once, and not to pull secrets", () => {
  const pod = podOf({
    spec: {
      imagePullSecrets: [{ name: "registry" }],
      initContainers: [{ name: "init", envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "a" } }] }],
      containers: [
        {
          name: "main",
          env: [
            { name: "A", valueFrom: { configMapKeyRef: { name: "b", key: "k" } } },
            { name: "B", valueFrom: { secretKeyRef: { name: "b", key: "k" } } },
            { name: "C", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "D", value: "1" },
          ],
        },
      ],
      ephemeralContainers: [{ name: "debug", envFrom: [{ prefix: "X", configMapRef: { name: "c", optional: true } }] }],
      volumes: [
        { name: "one", configMap: { name: "a" } },
        { name: "two", secret: { secretName: "c" } },
        { name: "three", emptyDir: {} },
        {
          name: "four",
          projected: {
            sources: [
              { configMap: { name: "d" } },
              { secret: { name: "d" } },
              { serviceAccountToken: { path: "token" } },
              { configMap: { name: "" } },
            ],
          },
        },
      ],
    },
  });
  expect(referencesOf(pod).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "ConfigMap a",
    "Secret a",
    "ConfigMap b",
    "Secret b",
    "ConfigMap c",
    "Secret c",
    "ConfigMap d",
    "Secret d",
  ]);
});
