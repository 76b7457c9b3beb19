// CloudWatch's Embedded Metric Format: a `_aws` member that tells which members of the very line are metrics. The
// service reads them out of the log by itself; no call is made, and nothing is waited for.
//
// A namespace per stage, so that two stages of one account are never summed. Few dimensions, because each combination
// of their values is a metric of its own that is paid for. No units: the names end in them, and a unit of twenty bytes a
// metric would be written, and paid for, with every call.

const namespace = process.env.STAGE ? `AIMass/${process.env.STAGE}` : 'AIMass';

/** Directives by what they list: there are as many as there are combinations of figures, a dozen or two. */
const directives = new Map<string, string>();

const directive = (dimensions: readonly string[], metrics: readonly string[]): string => {
  const key = `${dimensions}|${metrics}`;
  const known = directives.get(key);
  if (known !== undefined) return known;
  const made = JSON.stringify([
    { Namespace: namespace, Dimensions: [dimensions], Metrics: metrics.map((Name) => ({ Name })) },
  ]);
  directives.set(key, made);
  return made;
};

/**
 * @param line - JSON text of an object that has the dimensions as strings and the metrics as numbers
 * @param metrics - none: the line stays as it is
 */
export const withMetrics = (
  line: string,
  { dimensions, metrics, nowMs }: { dimensions: readonly string[]; metrics: readonly string[]; nowMs: number },
): string =>
  metrics.length === 0
    ? line
    : `${line.slice(0, -1)},"_aws":{"Timestamp":${nowMs},"CloudWatchMetrics":${directive(dimensions, metrics)}}}`;
