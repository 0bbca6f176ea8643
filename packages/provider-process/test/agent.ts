/* An agent to be killed: creates the pod that it is given as JSON, says so, and stays. */
import type { Pod } from "@virtual-kubelet/kubernetes";
import { lendingContext } from "@virtual-kubelet/provider-testkit";
import type * as Package from "../src/index.ts";

// The sources use syntax that the oldest supported Node.js lacks; there the built code runs.
const code = process.env["VIRTUAL_KUBELET_TEST_PROGRAMS"] === "dist" ? "../dist/index.js" : "../src/index.ts";
const { provider } = (await import(code)) as typeof Package;

const [directory = "", text = ""] = process.argv.slice(2);
const pod = JSON.parse(text) as Pod;
const made = await provider({ directory, address: "192.0.2.1" })(lendingContext({ pod: () => pod }));
const call = { signal: new AbortController().signal };
await made.createPod(pod, { ...call, revision: "v1:a" });
for await (const event of made.watchPods?.(call) ?? []) {
  if (event.type === "state") process.stdout.write(`${event.pod.status?.phase}\n`);
}
