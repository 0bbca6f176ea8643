import { topic } from "../exchange.ts";
import { first, get, patch, post } from "../request/requests.ts";
import { configMap, deployment, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const by = (manager: string, force = false) => `fieldManager=${manager}${force ? "&force=true" : ""}`;
const apply = (name: string, body: object, query = by("one")) =>
  patch("apply", `${at.configMaps}/${name}?${query}`, configMap(name, body as Record<string, unknown>));

export const applying = topic("applying", {
  "an apply of what is not there creates it": [apply("new", { data: { a: "1" } })],
  "an apply of what is there": [
    first(apply("twice", { data: { a: "1" } })),
    apply("twice", { data: { a: "2", b: "1" } }),
  ],
  "an apply that changes nothing is no new version": [
    apply("same", { data: { a: "1" } }),
    apply("same", { data: { a: "1" } }),
  ],
  "an apply removes what it no longer names": [
    first(apply("less", { data: { a: "1", b: "2" } })),
    apply("less", { data: { a: "1" } }),
  ],
  "an apply of a field that another has applied": [
    first(apply("both", { data: { a: "1" } })),
    apply("both", { data: { a: "2" } }, by("two")),
    apply("both", { data: { a: "1" } }, by("two")),
    apply("both", { data: { a: "3" } }, by("two", true)),
  ],
  "an apply of a field that a PUT has written": [
    first(post(`${at.configMaps}?fieldManager=writer`, configMap("written", { data: { a: "1" } }))),
    apply("written", { data: { a: "2" } }),
    apply("written", { data: { a: "2" } }, by("one", true)),
  ],
  "an apply in YAML": [
    patch("apply", `${at.configMaps}/yaml?${by("one")}`, "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: '1'\n"),
  ],
  "an apply by nobody": [patch("apply", `${at.configMaps}/nobody`, configMap("nobody"))],
  "an apply without a kind": [patch("apply", `${at.configMaps}/kindless?${by("one")}`, { data: { a: "1" } })],
  "an apply of another name": [patch("apply", `${at.configMaps}/name?${by("one")}`, configMap("other"))],
  "an apply of managed fields": [
    patch(
      "apply",
      `${at.configMaps}/managed?${by("one")}`,
      configMap("managed", { metadata: { managedFields: [{}] } }),
    ),
  ],
  "an apply of an unknown field": [
    apply("unknown", { colour: "red" }),
    apply("unknown", { colour: "red" }, `${by("one")}&fieldValidation=Strict`),
  ],
  "an apply only tried": [
    apply("tried", { data: { a: "1" } }, `${by("one")}&dryRun=All`),
    get(`${at.configMaps}/tried`),
  ],
  "an apply to a list by its key": [
    first(patch("apply", `${at.pods}/listed?${by("one")}`, pod("listed"))),
    patch("apply", `${at.pods}/listed?${by("two", true)}`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "listed" },
      spec: { containers: [{ name: "main", image: "x:2" }] },
    }),
  ],
  "an apply of a Deployment": [
    patch("apply", `${at.deployments}/deployed?${by("one")}`, deployment("deployed", { paused: true })),
  ],
  "an apply of a status": [
    first(patch("apply", `${at.pods}/status?${by("one")}`, pod("status"))),
    patch("apply", `${at.pods}/status/status?${by("one")}`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "status" },
      status: { message: "hello" },
    }),
  ],
  "an apply of the status of what is not there": [
    patch("apply", `${at.pods}/none/status?${by("one")}`, {
      apiVersion: "v1",
      kind: "Pod",
      status: { message: "hello" },
    }),
  ],
  "force without apply": [
    first(post(at.configMaps, configMap("forced"))),
    patch("merge", `${at.configMaps}/forced?force=true`, {}),
  ],
});
