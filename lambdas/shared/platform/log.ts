// One structured line per call on stdout. Never inputs, tokens, secrets or e-mail addresses: only what is named here.

export interface CallLine {
  readonly requestId: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly accountId: string | undefined;
  readonly keyId: string | undefined;
  readonly code: string | undefined;
  readonly cold: boolean;
  /** Further figures, ids and names of the call; never content. */
  readonly [figure: string]: string | number | boolean | undefined;
}

/** The line of one answered call. */
export const logCall = (line: CallLine): void => {
  process.stdout.write(`${JSON.stringify({ level: line.status >= 500 ? 'error' : 'info', ...line })}\n`);
};

/** Our own fault: the stack goes to the log, where alarms see it, and nowhere else. */
export const logFault = (requestId: string, fault: unknown): void => {
  const error =
    fault instanceof Error
      ? { name: fault.name, message: fault.message, stack: fault.stack }
      : { name: 'unknown', message: String(fault) };
  process.stdout.write(`${JSON.stringify({ level: 'fault', requestId, ...error })}\n`);
};

/** One line from a function that no caller waits for: a queue, stream or schedule. */
export const logWork = (
  work: string,
  figures: Readonly<Record<string, string | number | boolean | undefined>>,
): void => {
  process.stdout.write(`${JSON.stringify({ level: 'info', work, ...figures })}\n`);
};
