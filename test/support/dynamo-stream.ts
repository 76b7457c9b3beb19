// A table's stream, from its beginning: every state that every item ever had. Asked for by hand, since nothing deployed
// reads a stream by polling and so the project has no client for it.
import * as z from 'zod';
import { openJsonService } from '../../lambdas/shared/platform/signed/json-service.ts';

export interface StreamRecord {
  readonly change: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** Grows along the stream. */
  readonly sequence: bigint;
  readonly pk: string;
  readonly sk: string;
  /** Top-level strings and numbers of the item after the change; undefined when it was removed. */
  readonly image: Readonly<Record<string, string | bigint>> | undefined;
}

export interface StreamReader {
  /** What was written since the last call, oldest first, at most `limit` records. */
  read(limit: number): Promise<StreamRecord[]>;
}

const records = z.object({
  Records: z.array(
    z.object({
      eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
      dynamodb: z.object({
        SequenceNumber: z.string(),
        Keys: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
        NewImage: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
      }),
    }),
  ),
  NextShardIterator: z.string(),
});
const streams = z.object({ Streams: z.array(z.object({ StreamArn: z.string() })).length(1) });
const description = z.object({
  StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })).length(1) }),
});
const iterator = z.object({ ShardIterator: z.string() });

/** Hundreds of calls wait for one emulator process. */
const ANSWER_TIMEOUT_MS = 60_000;

const imageOf = (attributes: Readonly<Record<string, { readonly S?: unknown; readonly N?: unknown }>>) => {
  const image: Record<string, string | bigint> = {};
  for (const [name, { S, N }] of Object.entries(attributes)) {
    if (typeof S === 'string') image[name] = S;
    else if (typeof N === 'string' && /^-?\d+$/.test(N)) image[name] = BigInt(N);
  }
  return image;
};

/** @param at - the emulator and its credentials; the table's stream has one shard there */
export const streamReader = (
  at: { readonly endpoint: string; readonly env: Readonly<Record<string, string>> },
  table: string,
): StreamReader => {
  const send = openJsonService({
    service: 'dynamodb',
    targetPrefix: 'DynamoDBStreams_20120810',
    env: { ...at.env, AWS_ENDPOINT_URL: at.endpoint },
  });
  const ask = async (operation: string, input: object): Promise<unknown> => {
    const { status, body } = await send(operation, JSON.stringify(input), ANSWER_TIMEOUT_MS);
    if (status !== 200) throw new Error(`${operation} answered ${status}: ${body.toString()}`);
    return JSON.parse(body.toString());
  };
  const begin = async () => {
    const StreamArn = streams.parse(await ask('ListStreams', { TableName: table })).Streams[0]?.StreamArn;
    const { Shards } = description.parse(await ask('DescribeStream', { StreamArn })).StreamDescription;
    const from = { StreamArn, ShardId: Shards[0]?.ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    return iterator.parse(await ask('GetShardIterator', from)).ShardIterator;
  };
  let next: string | undefined;
  return {
    read: async (limit) => {
      next ??= await begin();
      const page = records.parse(await ask('GetRecords', { ShardIterator: next, Limit: limit }));
      next = page.NextShardIterator;
      return page.Records.map(({ eventName, dynamodb }) => ({
        change: eventName,
        sequence: BigInt(dynamodb.SequenceNumber),
        pk: dynamodb.Keys.pk.S,
        sk: dynamodb.Keys.sk.S,
        image: dynamodb.NewImage && imageOf(dynamodb.NewImage),
      }));
    },
  };
};

/** All of it up to now. */
export const readWholeStream = async (reader: StreamReader): Promise<StreamRecord[]> => {
  const all: StreamRecord[] = [];
  for (;;) {
    const page = await reader.read(1_000);
    if (page.length === 0) return all;
    all.push(...page);
  }
};
