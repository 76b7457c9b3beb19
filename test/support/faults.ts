// What goes wrong between a client and DynamoDB: which faults there are, which one a seed chooses, and what DynamoDB's
// own refusals look like on the wire.
import { createHash } from 'node:crypto';

export const faults = [
  'drop-request', // the socket dies before the service saw the request
  'drop-answer', // the service did it, the answer is lost
  'error-before', // 500, nothing done
  'error-after', // 500, yet done
  'throttle', // 400 ProvisionedThroughputExceeded, nothing done
  'conflict', // TransactionCanceled [… TransactionConflict …], a single write's TransactionConflict; nothing done
  'duplicate', // something in between saw no answer, sends the request again and hands on what is answered then
  'delay', // done late, answered
  'reset-answer', // the service did it, the socket dies in the middle of the answer
  'late', // the socket dies at once, the service gets the request later, when the client has moved on
  'throttle-action', // TransactionCanceled [… ThrottlingError …], a single request's ThrottlingException; nothing done
  'in-progress', // TransactionInProgress, nothing done
  'unprocessed', // a batch write does its first half and gives the rest back
] as const;
export type Fault = (typeof faults)[number];

/** Probability of each fault, 0–1, their sum at most 1. */
export type FaultRates = Partial<Record<Fault, number>>;

/** A fraction in [0, 1) that depends on its arguments alone. */
export const fraction = (...parts: readonly (string | number)[]): number =>
  createHash('sha256').update(parts.join('|')).digest().readUInt32BE(0) / 2 ** 32;

/** @param at - 0 up to, not including, 1 */
export const pickFault = (rates: FaultRates, at: number): Fault | undefined => {
  let sum = 0;
  for (const fault of faults) {
    sum += rates[fault] ?? 0;
    if (at < sum) return fault;
  }
  return undefined;
};

const dynamo = 'com.amazonaws.dynamodb.v20120810#';

const actionCountOf = (body: Buffer): number => {
  const { TransactItems = [] } = JSON.parse(body.toString() || '{}') as { TransactItems?: unknown[] };
  return TransactItems.length;
};

/** A transaction cancelled for one of its actions. @param at - which one, 0 up to, not including, 1 */
const cancelled = (body: Buffer, code: string, at: number) => {
  const count = actionCountOf(body);
  const index = Math.floor(at * count);
  const reasons = Array.from({ length: count }, (_, action) => ({ Code: action === index ? code : 'None' }));
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return {
    __type: `${dynamo}TransactionCanceledException`,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  };
};

const singleWrites = new Set(['UpdateItem', 'PutItem', 'DeleteItem']);

/**
 * The body of the 400 that DynamoDB answers with, nothing done.
 * @param at - chooses among a transaction's actions, 0 up to, not including, 1
 * @returns undefined where the operation cannot fail so
 */
export const refusalOf = (fault: Fault, operation: string, body: Buffer, at: number): object | undefined => {
  const transaction = operation === 'TransactWriteItems';
  switch (fault) {
    case 'throttle':
      return { __type: `${dynamo}ProvisionedThroughputExceededException`, message: 'injected' };
    case 'throttle-action':
      if (transaction) return cancelled(body, 'ThrottlingError', at);
      return { __type: 'com.amazon.coral.availability#ThrottlingException', message: 'injected' };
    case 'conflict':
      if (transaction) return cancelled(body, 'TransactionConflict', at);
      if (!singleWrites.has(operation)) return undefined;
      return { __type: `${dynamo}TransactionConflictException`, message: 'Transaction is ongoing for the item' };
    case 'in-progress':
      if (!transaction) return undefined;
      return { __type: `${dynamo}TransactionInProgressException`, Message: 'injected' };
    default:
      return undefined;
  }
};

/** @returns the first half of a batch write to be done, and the rest as its answer gives it back */
export const splitBatch = (body: Buffer): { done: Buffer; rest: object } => {
  const input = JSON.parse(body.toString()) as { RequestItems: Record<string, unknown[]> };
  const halves = Object.entries(input.RequestItems).map(([table, requests]) => {
    const count = Math.ceil(requests.length / 2);
    return { table, first: requests.slice(0, count), rest: requests.slice(count) };
  });
  const part = (which: 'first' | 'rest') =>
    Object.fromEntries(halves.map((half) => [half.table, half[which]]).filter(([, requests]) => requests?.length));
  return { done: Buffer.from(JSON.stringify({ ...input, RequestItems: part('first') })), rest: part('rest') };
};
