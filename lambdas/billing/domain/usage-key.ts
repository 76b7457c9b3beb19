// Where a usage event lies: by account, minute and shard, all taken from the account's id and the event's own.
import { idTimeMs } from '../../shared/kernel/ids.ts';
import { periodOf } from '../../shared/kernel/period.ts';

/**
 * Partitions that the events of one account and minute spread over. A partition takes 500 transactional writes a
 * second, as does the wallet item that each paid call updates: more shards would wait for the wallet, and each is one
 * more query per open minute.
 */
export const EVENT_SHARDS = 4;

/** The minute of an inference id, e.g. `2026-11-23T20:46`. */
export const minuteOf = (inferenceId: string): string => periodOf(idTimeMs(inferenceId), 'minute');

/** 0 to EVENT_SHARDS − 1. */
export const shardOf = (inferenceId: string): number => inferenceId.charCodeAt(inferenceId.length - 1) % EVENT_SHARDS;

/** How an event without an API key is summed. */
export const NO_KEY = '-';
