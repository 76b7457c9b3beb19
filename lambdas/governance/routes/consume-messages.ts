// A queue's batches: all messages at once, each answered for itself.
import * as z from 'zod';

const batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

export interface ConsumePorts<S extends z.ZodType> {
  /** Of a message's body. */
  readonly schema: S;
  readonly work: (message: z.output<S>) => Promise<unknown>;
  readonly onFault: (messageId: string, fault: unknown) => void;
}

/** @returns SQS's partial batch answer: the messages to deliver again */
export const consumeMessages =
  <S extends z.ZodType>({ schema, work, onFault }: ConsumePorts<S>) =>
  async (event: unknown): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const failed = await Promise.all(
      batch.parse(event).Records.map(async ({ messageId, body }) => {
        try {
          await work(schema.parse(JSON.parse(body)));
          return [];
        } catch (fault) {
          onFault(messageId, fault);
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
