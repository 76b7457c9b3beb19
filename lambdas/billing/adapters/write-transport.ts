// How a charge reaches DynamoDB: one operation, one try, and what came of it. Retrying is the caller's.

/** DynamoDB's reason for one action of a cancelled transaction, or for a refused single write. */
export interface Refusal {
  /** `None`, `ConditionalCheckFailed`, `TransactionConflict`, `ThrottlingError` … */
  readonly code: string;
  /** The item as it stood, as attribute values, where the action asked for it. */
  readonly item: unknown;
}

export type Reply =
  | { readonly is: 'done' }
  /** One refusal per action, in order; a single write has one. */
  | { readonly is: 'refused'; readonly refusals: readonly Refusal[] }
  /** Throttled, 5xx, timed out or the connection was lost. */
  | { readonly is: 'try_again'; readonly cause: string };

export interface WriteTransport {
  /** @param body - the operation's input as DynamoDB's JSON. Throws only what trying again cannot mend. */
  send(operation: 'TransactWriteItems' | 'PutItem', body: object): Promise<Reply>;
}

const transientNames = new Set([
  'InternalServerError',
  'ItemCollectionSizeLimitExceededException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ReplicatedWriteConflictException',
  'ServiceUnavailable',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** DynamoDB's error as a reply; undefined for one that trying again cannot mend. */
export const replyOfError = (error: {
  readonly name: string;
  readonly status: number | undefined;
  readonly reasons: readonly { readonly Code?: string | undefined; readonly Item?: unknown }[] | undefined;
  readonly item: unknown;
}): Reply | undefined => {
  if (error.name === 'TransactionCanceledException') {
    const refusals = (error.reasons ?? []).map(({ Code, Item }) => ({ code: Code ?? 'None', item: Item }));
    return { is: 'refused', refusals };
  }
  if (error.name === 'ConditionalCheckFailedException') {
    return { is: 'refused', refusals: [{ code: 'ConditionalCheckFailed', item: error.item }] };
  }
  if (error.status === undefined || error.status >= 500 || transientNames.has(error.name)) {
    return { is: 'try_again', cause: error.name };
  }
  return undefined;
};
