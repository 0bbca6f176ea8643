/** A watch as it is not: gets the lines that the API server sends, and gives those that the node sees. */
export interface WatchView {
  perturb(bytes: AsyncIterable<Buffer>, path: string): AsyncIterable<Buffer | string>;
}
