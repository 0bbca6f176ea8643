import type { BackendFault } from "./backend-faults.ts";

/** How many events a watch that replays them remembers, and how many of them it tells again after each. */
const remembered = 60;
const told = 2;
/** Of all events, how many are dropped. */
const share = 0.3;
/** How long a watch that has dropped something goes on. Milliseconds. */
const untilEndMs = 300;

interface Watcher {
  readonly write: (event: object) => void;
  readonly end: () => void;
}

/** Tells a watcher of events, with the fault. */
export function perturbedWatch(kind: BackendFault["kind"] | undefined, { write, end }: Watcher): Watcher["write"] {
  if (kind === "replayed") {
    const history: object[] = [];
    return (event) => {
      write(event);
      for (let again = 0; again < told; again++) {
        const old = history[Math.floor(Math.random() * history.length)];
        if (old) write(old);
      }
      history.push(event);
      if (history.length > remembered) history.shift();
    };
  }
  if (kind === "dropped") {
    let isEnding = false;
    return (event) => {
      if (Math.random() >= share) return write(event);
      if (!isEnding) setTimeout(end, untilEndMs);
      isEnding = true;
    };
  }
  return write;
}
