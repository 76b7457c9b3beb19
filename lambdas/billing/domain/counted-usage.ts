// What of a call counts for the model: its publisher's own calls do not, nor does one that was not answered.

export interface CountedUsage {
  readonly calls: number;
  readonly rows: number;
}

/** What others are told of a model. */
export interface ToldUsage extends CountedUsage {
  readonly model: string;
}

/**
 * Most models of one event: an account that calls more of them in a minute is told of by several. Who hears of it writes
 * three items a model in one transaction, of which DynamoDB takes a hundred.
 */
export const USAGE_EVENT_MODELS = 30;

export const NOTHING_COUNTED: CountedUsage = { calls: 0, rows: 0 };

interface RecordedCall {
  readonly accountId: string;
  readonly ownerAccountId: string;
  readonly outcome?: 'timed_out' | undefined;
  readonly rowCount: number;
}

export const countedOf = ({ accountId, ownerAccountId, outcome, rowCount }: RecordedCall): CountedUsage =>
  accountId === ownerAccountId || outcome !== undefined ? NOTHING_COUNTED : { calls: 1, rows: rowCount };
