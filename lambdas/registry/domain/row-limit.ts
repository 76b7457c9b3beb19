// Up to how many rows a compiled model answers, by the times that both took.

export interface TimedRows {
  readonly rows: number;
  readonly nativeMs: number;
  readonly compiledMs: number;
}

/**
 * Elementary operations that one call may take (about a nanosecond each), in a process that other callers wait for. It
 * holds whatever the times say: they were taken by the process that ran the model, which may have made them up.
 */
const CALL_WORK = 50_000_000;

/** Times differ by so much from one run to the next; where both are about equal, either will do. */
const MARGIN = 1.1;

/**
 * @param timed - batches of rising size
 * @param work - of the compiled model
 * @returns the largest batch tried, from one row on, that it is not slower with; undefined when onnxruntime is faster
 *   at one row already, or one row is too much work
 */
export const rowLimitOf = (
  timed: readonly TimedRows[],
  work: { readonly fixed: number; readonly perRow: number },
): number | undefined => {
  const affordable = Math.floor((CALL_WORK - work.fixed) / Math.max(1, work.perRow));
  let limit: number | undefined;
  for (const { rows, nativeMs, compiledMs } of timed) {
    if (compiledMs > nativeMs * (rows === 1 ? 1 : MARGIN)) break;
    if (limit === undefined && rows !== 1) break;
    limit = rows;
  }
  return limit === undefined || affordable < 1 ? undefined : Math.min(limit, affordable);
};
