// What tells of a change, written in its own transaction: the event, and under the same id the entry of the model's history.
import { outboxItem } from '../../shared/platform/events.ts';
import type { Act } from '../ports/act.ts';
import { putNew, type WriteItem } from './writes.ts';

export interface ToldChange {
  /** Of the event: `VersionDeprecated.v1`. */
  readonly type: string;
  readonly accountId: string;
  readonly model: string;
  readonly version?: string | undefined;
  readonly act: Act;
  /** States of the version. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly data: object;
}

export const historyPk = (model: string) => `history#${model}`;

export const toldChange = (table: string, change: ToldChange, nowMs: number): [event: WriteItem, entry: WriteItem] => {
  const { type, accountId, model, version, act, from, to, data } = change;
  const event = outboxItem({ source: 'aimass.registry', type, accountId, subject: model, data }, nowMs);
  const entry = { schema: 1, atMs: nowMs, event: type, model, version, by: act.by, reason: act.reason, from, to, data };
  return [putNew(table, event), putNew(table, { pk: historyPk(model), sk: event.sk, ...entry })];
};
