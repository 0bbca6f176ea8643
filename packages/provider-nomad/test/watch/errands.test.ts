import { silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { Errands } from "../../src/watch/errands.ts";
import { until } from "../nomad-node.ts";

function errands(): { readonly errands: Errands; readonly end: AbortController } {
  const end = new AbortController();
  return { errands: new Errands({ logger: silentLogger, signal: end.signal }), end };
}

describe("errands", () => {
  test("are done once each, and again until they have worked", async () => {
    const { errands: all } = errands();
    let calls = 0;
    const act = async (): Promise<void> => {
      calls++;
      if (calls === 1) throw new Error("not now");
    };
    all.run("job", { name: "open", act });
    all.run("job", { name: "open", act });
    await until(() => calls === 2, "the second call");
    all.run("job", { name: "open", act });
    expect(calls).toBe(2);
    all.forgetOne("job", "open");
    all.run("job", { name: "open", act });
    expect(calls).toBe(3);
  });

  test("are given up with their job, and in the end", async () => {
    const { errands: all, end } = errands();
    const calls: string[] = [];
    const failing = (name: string) => ({
      name,
      act: async (): Promise<never> => {
        calls.push(name);
        throw new Error("not now");
      },
    });
    all.run("gone", failing("gone"));
    all.run("ended", failing("ended"));
    all.run("stays", failing("stays"));
    all.forget("gone");
    await until(() => calls.filter((name) => name === "stays").length > 1, "another try");
    end.abort();
    expect(calls.filter((name) => name === "gone")).toEqual(["gone"]);
  });
});
