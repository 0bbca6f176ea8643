/**
 * Counts the bytes of many streams that report what they have moved in two ways: now and then what is new, and in the end
 * how much it was in all, without saying which stream it is. What was reported as new belongs to the totals that come
 * later, whichever these are; so the count never falls, is never more than was moved, and is exact once no stream is open.
 */
export class ByteCount {
  #reportedAhead = 0;

  /** New bytes of a stream that goes on. Gives by how much the count grows. */
  progress(bytes: number): number {
    this.#reportedAhead += bytes;
    return bytes;
  }

  /** All bytes of a stream that has ended. Gives by how much the count grows. */
  total(bytes: number): number {
    const known = Math.min(this.#reportedAhead, bytes);
    this.#reportedAhead -= known;
    return bytes - known;
  }
}
