/** Seconds, for what another program answers: as client-go has them. */
export const answerBuckets: readonly number[] = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Seconds, for what this program does itself or waits for: as client-go's work queues have them, without the nanoseconds. */
export const workBuckets: readonly number[] = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100];

/** Seconds, for answers and for streams that last for hours. */
export const streamBuckets: readonly number[] = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 60, 300, 1800, 14_400];
