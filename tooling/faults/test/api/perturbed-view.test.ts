import { expect, test } from "vitest";
import { PerturbedView } from "../../src/api/perturbed-view.ts";
import { watchLines } from "../../src/api/watch-lines.ts";

const url = (query: string) => new URL(`http://api/api/v1/pods?watch=true&${query}`);
const line = (type: string, uid: string, resourceVersion: number) =>
  `${JSON.stringify({ type, object: { metadata: { uid, resourceVersion: String(resourceVersion) } } })}\n`;
const listEnd = `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } } })}\n`;

/** What the node gets when the server sends this. */
async function seen(view: PerturbedView, query: string, sent: string): Promise<readonly { type: string }[]> {
  const bytes = (async function* () {
    // In two parts, as a network has them.
    yield Buffer.from(sent.slice(0, 20));
    yield Buffer.from(sent.slice(20));
  })();
  const lines = await Array.fromAsync(view.perturb(watchLines(bytes), url(query)));
  return lines.map((text) => JSON.parse(text) as { type: string });
}

const list = line("ADDED", "a", 1) + line("ADDED", "b", 2) + listEnd;

test("a view without shares is the truth", async () => {
  const events = await seen(new PerturbedView({}), "sendInitialEvents=true", list + line("DELETED", "a", 3));
  expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED", "BOOKMARK", "DELETED"]);
});

test("each event is followed by an old one, the list is left alone", async () => {
  const events = await seen(new PerturbedView({ replayed: 1 }), "resourceVersion=0", line("ADDED", "a", 1));
  expect(events).toHaveLength(2);
  expect(events[1]).toEqual(events[0]);
});

test("a missed event ends the watch, and no watch can begin before it", async () => {
  const view = new PerturbedView({ missed: 1 });
  const events = await seen(view, "resourceVersion=4", line("ADDED", "a", 5));
  expect(events).toEqual([expect.objectContaining({ type: "ERROR" })]);
  expect(await seen(view, "resourceVersion=4", line("ADDED", "a", 5))).toEqual(events);
});

test("a list that travels back is that of long ago, and the next one is the truth", async () => {
  const view = new PerturbedView({});
  await seen(view, "sendInitialEvents=true", list);
  view.travelBack(1);
  const old = await seen(view, "sendInitialEvents=true", list);
  expect(old.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
  expect(await seen(view, "resourceVersion=2", "")).toEqual([expect.objectContaining({ type: "ERROR" })]);
  expect(await seen(view, "sendInitialEvents=true", list)).toHaveLength(3);
});
