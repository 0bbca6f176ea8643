/**
 * A real Nomad in a function call: the unmodified program, built from its Go module, with the drivers `raw_exec`, `exec` and
 * `mock_driver`.
 *
 * ```ts
 * import { startNomad } from "@virtual-kubelet/nomad";
 *
 * await using nomad = await startNomad({ acl: true });
 * const token = await nomad.createToken({ name: "reader", policy: 'namespace "default" { policy = "read" }' });
 * console.log(nomad.address, token);
 * await nomad.agent.kill();
 * await nomad.agent.start(); // with the same jobs, whose tasks ran on
 * ```
 *
 * @packageDocumentation
 */
export { endLeftovers } from "./leftovers.ts";
export { NomadClient, type NomadReply, type NomadRequest } from "./nomad-client.ts";
export { Nomad, type NomadToken } from "./nomad.ts";
export { nomadIsBuilt, nomadMissing, nomadProgram, nomadVersion } from "./program.ts";
export { execMissing, type NomadOptions, startNomad } from "./start-nomad.ts";
export { differences } from "./recording/differences.ts";
export { record, recorded, type Topic, topicNames } from "./recording/record.ts";
export type { RecordedExchange, RecordedRequest } from "./recording/recorder.ts";
