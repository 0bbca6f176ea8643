import type { Workloads } from "../../src/index.ts";
import type { Printing } from "../../src/index.ts";

/** What a small container does, as its one argument says it. */
export type SmallProgram =
  | { readonly does: "run" | "stubborn" | "echo" }
  | { readonly does: "exit" | "stop"; readonly code: number; readonly afterMs: number }
  | ({ readonly does: "print" } & Printing)
  | { readonly does: "variable"; readonly name: string }
  | { readonly does: "file"; readonly path: string }
  | { readonly does: "listen"; readonly port: number };

function program(small: SmallProgram): { readonly command: string[] } {
  return { command: ["small", JSON.stringify(small)] };
}

export const smallWorkloads: Required<Workloads> = {
  run: () => program({ does: "run" }),
  exit: (ending) => program({ does: "exit", ...ending }),
  stop: (ending) => program({ does: "stop", ...ending }),
  stubborn: () => program({ does: "stubborn" }),
  print: (printing) => program({ does: "print", ...printing }),
  variable: ({ name }) => program({ does: "variable", name }),
  file: ({ path }) => program({ does: "file", path }),
  echo: () => ({ ...program({ does: "echo" }), stdin: true }),
  listen: ({ port }) => program({ does: "listen", port }),
  commands: {
    exit: (code) => ["exit", String(code)],
    print: ({ stdout, stderr }) => ["print", stdout, stderr],
    echo: () => ["echo"],
    stay: () => ["stay"],
    lives: (word) => ["lives", word],
  },
};
