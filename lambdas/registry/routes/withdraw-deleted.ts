/** The queue of deleted accounts: what one published is withdrawn, model by model; those who paid go on until their period ends. */
import * as z from 'zod';
import { accountDeletedData } from '../../accounts/contract.ts';
import { noModel } from '../domain/visibility.ts';
import { PLATFORM } from '../ports/act.ts';
import type { ModelStore } from '../ports.ts';
import { type WithdrawPorts, withdraw } from './delete-model.ts';

const batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

const deleted = z.object({
  source: z.literal('aimass.accounts'),
  'detail-type': z.literal('AccountDeleted.v1'),
  detail: z.object({ accountId: z.string(), data: accountDeletedData }),
});

export interface WithdrawDeletedPorts extends WithdrawPorts {
  readonly models: Pick<ModelStore, 'find' | 'walk'>;
  readonly onFault: (messageId: string, fault: unknown) => void;
  readonly clock: () => number;
}

/** @returns SQS's partial batch answer: the messages to deliver again */
export const withdrawDeleted =
  (ports: WithdrawDeletedPorts) =>
  async (event: unknown): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const { messageId, body } of batch.parse(event).Records) {
      try {
        await withdrawAll(ports, deleted.parse(JSON.parse(body)).detail.accountId);
      } catch (fault) {
        ports.onFault(messageId, fault);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };

const withdrawAll = async (ports: WithdrawDeletedPorts, ownerAccountId: string): Promise<void> => {
  const all = ports.models.walk({ ownerAccountId, publisher: undefined, after: undefined, descending: false });
  for await (const { name } of all) {
    const find = async () => {
      const model = await ports.models.find(name);
      if (!model) throw noModel(name);
      return model;
    };
    await withdraw(ports, find, { by: PLATFORM, reason: 'the account that published it was deleted' }, ports.clock());
  }
};
