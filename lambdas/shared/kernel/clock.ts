// Time comes in as an argument: epoch milliseconds inside, RFC 3339 with milliseconds at the edge.

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** @returns RFC 3339 UTC with milliseconds, e.g. `2026-11-23T20:46:00.000Z` */
export const toTimestamp = (ms: number): string => new Date(ms).toISOString();
