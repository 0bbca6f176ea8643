/** The environment variable that names the file for what agents are asked. */
export const requestsVariable = "VIRTUAL_KUBELET_E2E_REQUESTS";

/** A request to a kubelet API, and its answer. */
export interface SeenRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** What the client wanted to leave HTTP for. */
  readonly upgrade?: string;
  /** The protocols that it offered to speak then, in its order. */
  readonly offered: readonly string[];
  readonly status: number;
  /** The one that the node chose. */
  readonly chosen?: string;
}
