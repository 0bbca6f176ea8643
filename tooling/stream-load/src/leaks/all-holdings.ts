import type { Trial } from "../node/trial.ts";
import { type Holdings, childrenOf, holdingsOf } from "./holdings.ts";

const outgoing = "outgoing connection";
const socketKind = "TCPSocketWrap";

/**
 * What the agent and its supervisor hold, and what keeps the agent's event loop alive. Left out are the agent's own connections
 * to the API server, of which there are more or fewer at any time. Of timers there are some more or fewer, too: those are counted
 * in scores.
 */
export async function allHoldings({ process }: Trial): Promise<Holdings> {
  const { resources } = await process.ask({ order: "holdings" });
  const agent = holdingsOf(process.pid);
  const [supervisor] = childrenOf(process.pid);
  const { Timeout: timers = 0, Immediate: _, [socketKind]: sockets = 0, ...loop } = resources;
  const incoming = sockets - (agent[outgoing] ?? 0);
  return {
    ...named("agent", agent),
    ...(supervisor === undefined ? {} : named("supervisor", holdingsOf(supervisor))),
    ...named("event loop", { ...loop, [socketKind]: incoming, "score of timers": Math.floor(timers / 20) }),
  };
}

function named(owner: string, holdings: Holdings): Holdings {
  const kept = Object.entries(holdings).filter(([kind, count]) => kind !== outgoing && count > 0);
  return Object.fromEntries(kept.map(([kind, count]) => [`${owner}: ${kind}`, count]));
}
