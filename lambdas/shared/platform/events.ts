// Events between contexts: an outbox item written in the same transaction as the change it tells of. A relay
// publishes it to EventBridge and deletes it; delivery is at least once, so consumers drop ids they know.
import { newId } from './new-id.ts';
import { currentTraceparent } from './trace.ts';

/** `source` is `aimass.<context>`, `type` like `ModelPublished.v1`; data's schema stands in the sender's contract.ts. */
export interface DomainEvent<T extends string = string, D = unknown> {
  readonly source: `aimass.${string}`;
  readonly type: T;
  readonly accountId: string;
  /** What it is about: an id or a name. */
  readonly subject: string;
  readonly data: D;
}

/** An EventBridge `detail`. */
export interface EventDetail<D = unknown> {
  readonly id: string;
  readonly at: string;
  readonly accountId: string;
  readonly subject: string;
  /** The trace of the call that made the change, as in W3C Trace Context; what handles the event belongs to it. */
  readonly traceparent?: string | undefined;
  readonly data: D;
}

export const OUTBOX_SHARDS = 4;
export const outboxKey = (shard: number): string => `outbox#${shard}`;

/** The table item of an event: put it in the transaction of the change. `sk` is the event's id, so a shard reads in time order. */
export const outboxItem = (event: DomainEvent, nowMs: number) => {
  const id = newId('evt', nowMs);
  const traceparent = currentTraceparent();
  const detail: EventDetail = {
    id,
    at: new Date(nowMs).toISOString(),
    accountId: event.accountId,
    subject: event.subject,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: event.data,
  };
  return {
    pk: outboxKey(id.charCodeAt(id.length - 1) % OUTBOX_SHARDS),
    sk: id,
    schema: 1,
    source: event.source,
    detailType: event.type,
    detail: JSON.stringify(detail),
  };
};
