import { expect, test } from "vitest";
import { differences } from "../../src/contract/differences.ts";
import { review, reviewedRows } from "../../src/contract/reviewed-list.ts";

const readme = `# A package

| Exchange | Where | Why |
| --- | --- | --- |
| “of no concern: here” | \`1\` | another table |

## Where it differs

| Exchange | Where | Why it is left |
| --- | --- | --- |
| *any* | \`*.age\` | nobody looks |
| “reading: a Pod”<br>“reading: a Node” | \`1.body.status\` | it is small |
`;
const rows = reviewedRows(readme, "Where it differs");
const found = (exchange: string, path: string) => ({ topic: "reading", exchange, path, embedded: "1", real: "2" });

test("the reviewed list is the table below its heading", () => {
  expect(rows).toEqual([
    { exchanges: ["*"], paths: ["*.age"], why: "nobody looks" },
    { exchanges: ["reading: a Pod", "reading: a Node"], paths: ["1.body.status"], why: "it is small" },
  ]);
});

test("a difference is listed with its exchange and its place, or a place above it", () => {
  const listed = [
    found("a Pod", "1.body.status.phase"),
    found("a Node", "1.body.status"),
    found("a List", "2.body.items.3.age"),
  ];
  const unlisted = [
    found("a Pod", "1.body.statuses"),
    found("a Pod", "2.body.status"),
    found("a List", "1.body.status"),
  ];
  expect(review([...listed, ...unlisted], rows)).toEqual({ unlisted, stale: [] });
});

test("what is listed and no longer found is stale, exchange by exchange", () => {
  const { stale } = review([found("a Pod", "1.body.status")], rows);
  expect(stale).toEqual(["“*” at *.age", "“reading: a Node” at 1.body.status"]);
});

test("differences are told as deep inside as they are, and an answer of another code as a whole", () => {
  const answer = (code: number, body: object) => ({ code, type: "application/json", warnings: [], body });
  expect(differences([answer(200, { a: { b: 1, c: 2 } })], [answer(200, { a: { b: 3, c: 2 } })])).toEqual([
    { path: "1.body.a.b", embedded: "1", real: "3" },
  ]);
  expect(differences([answer(200, { a: 1 })], [answer(404, { message: "none" })])).toEqual([
    { path: "1.code", embedded: "200", real: "404 none" },
  ]);
});
