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
  /** Throttled or in conflict, and then surely not done; or 5xx, timed out, lost: then it may have been done, or still be. */
  | { readonly is: 'try_again'; readonly cause: string; readonly mayBeDone: boolean };

export interface WriteTransport {
  /** @param body - the operation's input as DynamoDB's JSON, written already or not. Throws only what trying again cannot mend. */
  send(operation: 'TransactWriteItems' | 'PutItem', body: object | string): Promise<Reply>;
}

/** The service took it in, and what became of it is not known. */
const unsureNames = new Set(['InternalServerError', 'ServiceUnavailable', 'TransactionInProgressException']);

const refusedNames = new Set([
  'ItemCollectionSizeLimitExceededException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ReplicatedWriteConflictException',
  'ThrottlingException',
  'TransactionConflictException',
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
  const unsure = error.status === undefined || error.status >= 500 || unsureNames.has(error.name);
  return unsure || refusedNames.has(error.name) ? { is: 'try_again', cause: error.name, mayBeDone: unsure } : undefined;
};
