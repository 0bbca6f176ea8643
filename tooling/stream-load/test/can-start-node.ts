/** Whether a node can be started from the sources as they are written: with `using`, which Node.js 22 does not know. */
export const canStartNode: boolean = Number.parseInt(process.versions.node, 10) >= 24;
