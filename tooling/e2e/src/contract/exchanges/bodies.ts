import { topic } from "../exchange.ts";
import { first, get, post, put } from "../request/requests.ts";
import { configMap, deployment, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const yaml = { "content-type": "application/yaml" };
const json = { "content-type": "application/json" };

/** `v1` ConfigMap `proto` with `data: { a: "1" }`, as Kubernetes' protobuf. */
const protobuf = Buffer.concat([
  Buffer.from("k8s\0", "latin1"),
  message(1, message(1, "v1"), message(2, "ConfigMap")),
  message(2, message(1, message(1, "proto")), message(2, message(1, "a"), message(2, "1"))),
]);

/** A field of fewer than 128 bytes: tag, length, content. */
function message(field: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((one) => Buffer.from(one)));
  return Buffer.concat([Buffer.from([(field << 3) | 2, content.length]), content]);
}

export const bodies = topic("bodies", {
  "JSON that ends too early": [post(at.configMaps, '{"metadata":', json)],
  "JSON that is none": [post(at.configMaps, "nonsense", json)],
  "JSON that is a list": [post(at.configMaps, "[]", json)],
  "JSON that is a text": [post(at.configMaps, '"text"', json)],
  "nothing at all": [post(at.configMaps, "", json)],
  "an object without anything": [post(at.configMaps, {})],
  "an object of another kind": [
    post(at.configMaps, { apiVersion: "v1", kind: "Secret", metadata: { name: "body-1" } }),
  ],
  "an object of another version": [
    post(at.configMaps, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "body-2" } }),
  ],
  "an object of another group": [post(at.pods, deployment("body-3"))],
  YAML: [post(at.configMaps, "metadata:\n  name: yaml\ndata:\n  a: '1'\n", yaml)],
  "YAML that is none": [post(at.configMaps, "a: b: c", yaml)],
  protobuf: [post(at.configMaps, protobuf, { "content-type": "application/vnd.kubernetes.protobuf" })],
  "protobuf that is none": [post(at.configMaps, "nonsense", { "content-type": "application/vnd.kubernetes.protobuf" })],
  "JSON of some encoding": [
    post(at.configMaps, configMap("encoded"), { "content-type": "application/json; charset=utf-8" }),
  ],
  "no content type": [post(at.configMaps, JSON.stringify(configMap("untyped")), {})],
  "a content type that nobody knows": [post(at.configMaps, configMap("body-4"), { "content-type": "text/plain" })],
  "a content type of patches": [
    post(at.configMaps, configMap("body-5"), { "content-type": "application/merge-patch+json" }),
  ],
  "a content type that is none": [post(at.configMaps, configMap("body-6"), { "content-type": "///" })],
  "an answer that cannot be had: text": [get(at.configMaps, { accept: "text/plain" })],
  "an answer that cannot be had, or JSON": [get(`${at.configMaps}/none`, { accept: "text/plain, application/json" })],
  "an answer of any kind": [get(`${at.configMaps}/none`, { accept: "*/*" })],
  "an answer of some application's kind": [get(`${at.configMaps}/none`, { accept: "application/*" })],
  "an answer in a form that nobody knows": [
    get(at.configMaps, { accept: "application/json;as=Poem;v=v1;g=meta.k8s.io" }),
  ],
  "an unknown field is dropped, with a warning": [
    post(at.configMaps, configMap("warned", { colour: "red" })),
    post(at.pods, pod("warned", { colour: "red", containers: [{ name: "a", image: "x:1", size: 3 }] })),
  ],
  "an unknown field is dropped in silence": [
    post(`${at.configMaps}?fieldValidation=Ignore`, configMap("ignored", { colour: "red" })),
  ],
  "an unknown field is refused": [
    post(`${at.configMaps}?fieldValidation=Strict`, configMap("strict", { colour: "red" })),
  ],
  "two unknown fields are refused": [
    post(`${at.pods}?fieldValidation=Strict`, pod("strict", { colour: "red", size: 2 })),
  ],
  "a field that is there twice": [post(at.configMaps, '{"metadata":{"name":"double"},"data":{"a":"1","a":"2"}}', json)],
  "a field that is there twice is refused": [
    post(`${at.configMaps}?fieldValidation=Strict`, '{"metadata":{"name":"b"},"data":{"a":"1","a":"2"}}', json),
  ],
  "a field in capitals": [post(at.configMaps, { metadata: { name: "capitals" }, DATA: { a: "1" } })],
  "a validation of fields that nobody knows": [post(`${at.configMaps}?fieldValidation=Loud`, configMap("loud"))],
  "a number where a text belongs": [post(at.configMaps, { metadata: { name: "body-7" }, data: { a: 1 } })],
  "a text where a number belongs": [post(at.deployments, deployment("body-8", { replicas: "three" }))],
  "a text where a list belongs": [post(at.pods, pod("body-9", { containers: "main" }))],
  "a fraction where a whole number belongs": [post(at.deployments, deployment("body-10", { replicas: 1.5 }))],
  "a text where an object belongs": [post(at.configMaps, { metadata: "a" })],
  "null is as if it were not there": [post(at.configMaps, { metadata: { name: "null", labels: null }, data: null })],
  "base64 that is none": [post(at.secrets, { metadata: { name: "body-11" }, data: { a: "%%%" } })],
  "a time that is none": [post(at.leases, { metadata: { name: "body-12" }, spec: { renewTime: "yesterday" } })],
  "a PUT of another name than that of the path": [
    first(post(at.configMaps, configMap("named"))),
    put(`${at.configMaps}/named`, configMap("other")),
  ],
  "a PUT of another namespace than that of the path": [
    first(post(at.configMaps, configMap("placed"))),
    put(`${at.configMaps}/placed`, configMap("placed", { metadata: { namespace: "default" } })),
  ],
  "a body that is too large": [post(at.configMaps, " ".repeat(3 * 1024 * 1024 + 1), json)],
});
