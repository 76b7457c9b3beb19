// Makes ids: a prefix and a ULID, whose first 48 bits are the millisecond, so ids sort by time.
import { monotonicFactory } from 'ulidx';
import type { Id, IdPrefix } from '../kernel/ids.ts';
import { randomByte } from './random.ts';

/** Its own generator asks the system for each of sixteen characters. */
const ulid = monotonicFactory(() => randomByte() / 256);

/** @param nowMs - epoch milliseconds, becomes the ULID's time */
export const newId = <P extends IdPrefix>(prefix: P, nowMs: number): Id<P> => `${prefix}_${ulid(nowMs)}`;
