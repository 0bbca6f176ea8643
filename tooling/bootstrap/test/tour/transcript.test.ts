import { describe, expect, test } from "vitest";
import { commandText, firstDifference, transcriptOf } from "../../src/tour/transcript.ts";

const args = ["get", "pods"];
const linesOf = (stdout: string): string[] =>
  transcriptOf([{ args, stdout, stderr: "", exitCode: 0 }])
    .trim()
    .split("\n")
    .slice(1, -1);

describe("a transcript", () => {
  test.each([
    ["hello-657f86b47f-k44mt   1/1   Running   0   3m2s", "hello-<hash>-<id>  1/1  Running  0  <age>"],
    ["pod/two-words-657f86b47f-k44mt deleted", "pod/two-words-<hash>-<id> deleted"],
    ["phoenix   1/1   Running   1 (0s ago)   14s", "phoenix  1/1  Running  1 (<age> ago)  <age>"],
    ["node   Ready   2d   10.1.22.3", "node  Ready  <age>  <ip>"],
    ["exit 3 after line 5", "exit 3 after line 5"],
    ["v1.35.2 of kubectl", "v1.35.2 of kubectl"],
  ])("keeps %j as %j", (line, kept) => {
    expect(linesOf(`${line}\n`)).toEqual([kept]);
  });

  test("does not count how often kubectl waited", () => {
    const waiting = 'Waiting for deployment "hello" rollout to finish: 1 of 3 updated replicas are available...\n';
    expect(linesOf(`${waiting}${waiting}deployment "hello" successfully rolled out\n`)).toEqual([
      'deployment "hello" successfully rolled out',
    ]);
  });

  test("does not name what was still there when kubectl began to wait for its end", () => {
    const wait = (condition: string): string =>
      transcriptOf([{ args: ["wait", condition, "pod/a"], stdout: "pod/a condition met\n", stderr: "", exitCode: 0 }]);
    expect(wait("--for=delete")).toBe("$ kubectl wait --for=delete pod/a\nexit code: 0\n");
    expect(wait("--for=condition=Ready")).toContain("pod/a condition met\n");
  });

  test("keeps stdout, stderr and the exit code apart", () => {
    const result = { args: ["exec", "a", "--", "sh", "-c", "echo 'x'"], stdout: "out\n", stderr: "err\n", exitCode: 7 };
    expect(transcriptOf([result])).toBe(
      "$ kubectl exec a -- sh -c 'echo '\\''x'\\'''\nout\nstderr: err\nexit code: 7\n",
    );
  });

  test("can be pasted into a shell", () => {
    expect(commandText(["wait", "--for=jsonpath={.a}=1", "pod/a b"])).toBe(
      "kubectl wait '--for=jsonpath={.a}=1' 'pod/a b'",
    );
  });
});

describe("the first difference", () => {
  const kept = "$ kubectl a\n1\n2\nexit code: 0\n";
  test.each([
    [kept, undefined],
    ["$ kubectl a\n1\n3\nexit code: 0\n", "$ kubectl a\n  kept: 2\n  seen: 3"],
    ["$ kubectl a\n1\n2\nexit code: 1\n", "$ kubectl a\n  kept: exit code: 0\n  seen: exit code: 1"],
    [`${kept}\n$ kubectl b\n`, "$ kubectl b\n  kept: (nothing more)\n  seen: $ kubectl b"],
    ["$ kubectl a\n1\n2", "$ kubectl a\n  kept: exit code: 0\n  seen: (nothing more)"],
  ])("from what was kept to %j is %j", (seen, difference) => {
    expect(firstDifference(kept, seen)).toBe(difference);
  });
});
