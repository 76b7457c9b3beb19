// The suspension of models in DynamoDB: in the model's item, so that no list holds it from the moment it is written.
import type { TableClient } from '../../shared/platform/table-client.ts';
import { transact } from '../../shared/platform/transact.ts';
import { modelSuspensionData } from '../event-data.ts';
import type { Act } from '../ports/act.ts';
import type { SuspensionStore } from '../ports/reports.ts';
import type { Model } from '../ports.ts';
import { toModelItem } from './items.ts';
import { toldChange } from './told-change.ts';
import { putNext, type WriteItem } from './writes.ts';

export const dynamoSuspensions = (client: TableClient, table: string): SuspensionStore => ({
  save: async (model, act) => (await transact(client, [...suspensionWrites(table, model, act)])) === undefined,
});

/** Of a transaction: the model as it shall be, and what tells of it. */
export const suspensionWrites = (table: string, model: Model, act: Act): readonly WriteItem[] => {
  const { name, ownerAccountId: accountId, updatedAtMs } = model;
  const type = model.suspension ? 'ModelSuspended.v1' : 'ModelReinstated.v1';
  const data = modelSuspensionData.parse({ model: name, reason: act.reason });
  return [
    putNext(table, toModelItem(model)),
    ...toldChange(table, { type, accountId, model: name, act, data }, updatedAtMs),
  ];
};
