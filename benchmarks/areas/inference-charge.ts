// What a paid call's write costs beside the AWS SDK's: both send the same transaction, and the sockets are taken away
// from both alike. Ours counts from the call that was made (price, legs, event, items, request, signature, answer); the
// SDK's low-level client is handed its items ready, marshalled, and has only to send them.
import { isDeepStrictEqual } from 'node:util';
import {
  DynamoDBClient,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { monotonicFactory } from 'ulidx';
import { signedTransport } from '../../lambdas/billing/adapters/signed-transport.ts';
import type { ChargeRequest } from '../../lambdas/billing/contract.ts';
import { createBilling } from '../../lambdas/billing/gateway.ts';
import { type AttributeValue, fromAttributes } from '../../lambdas/shared/platform/signed/attribute-values.ts';
import { signedTables } from '../../lambdas/shared/platform/signed/tables.ts';
import { cannedSockets } from '../canned-sockets.ts';
import { type Contender, ratioOf, spreadOf, takeTurns } from '../harness.ts';
import type { Area } from '../run.ts';
import { uniform } from '../seeded.ts';

/** Calls made before the clock runs; each write takes the next. */
const POOL = 1_000;
const SEED = 11;
const ROUNDS = 41;
const CALLS_PER_ROUND = 250;
const NOW_MS = Date.parse('2026-11-23T20:46:12.345Z');

/** A function's: with the token that Lambda's credentials come with. */
const env = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLEEXAMPLE12',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLE'.repeat(40),
};

/** As DynamoDB answers a transaction that it has done. */
const DONE = [
  'HTTP/1.1 200 OK',
  'Server: Server',
  'Date: Mon, 23 Nov 2026 20:46:12 GMT',
  'Content-Type: application/x-amz-json-1.0',
  'Content-Length: 2',
  'Connection: keep-alive',
  'x-amzn-RequestId: S8PTVLJAMBL3K4ETS9AKR1MZSNVV4KQNSO5AEMVJF66Q9ASUAAJG',
  'x-amz-crc32: 2745614147',
  '',
  '{}',
].join('\r\n');

/** Calls of many accounts to many models, every third with an idempotency key. */
const callsOf = (seed: number): readonly ChargeRequest[] => {
  const draw = uniform(seed);
  const ulid = monotonicFactory(draw);
  const pick = (count: number) => Math.floor(draw() * count);
  const accounts = Array.from({ length: 50 }, () => `acc_${ulid(NOW_MS)}`);
  return Array.from({ length: POOL }, (_, index) => ({
    inferenceId: `inf_${ulid(NOW_MS)}`,
    accountId: accounts[pick(50)] ?? '',
    keyId: `key_${ulid(NOW_MS)}`,
    userId: `usr_${ulid(NOW_MS)}`,
    model: `acme.model-${pick(200)}`,
    version: `1.${pick(20)}.0`,
    ownerAccountId: accounts[pick(50)] ?? '',
    price: { perCallMicros: String(100 + pick(900)), perRowMicros: `${pick(50)}.25`, version: 1 + pick(9) },
    rowCount: 1 + pick(64),
    lane: 'run-2gib',
    compute: { memoryMiB: 2048, ms: 1 + pick(50) },
    idempotency:
      index % 3 === 0
        ? {
            key: `call-${ulid(NOW_MS)}`,
            requestSha256: pick(2 ** 31)
              .toString(16)
              .padStart(64, '0'),
          }
        : undefined,
  }));
};

const plainItem = (item: unknown) => fromAttributes(item as Record<string, AttributeValue>);

/** The same actions with plain items, as the document client takes them. */
const plainOf = (input: TransactWriteItemsCommandInput): TransactWriteCommandInput => {
  const members = ['Item', 'Key', 'ExpressionAttributeValues'];
  const plainAction = (action: object) =>
    Object.fromEntries(
      Object.entries(action).map(([name, value]) => [name, members.includes(name) ? plainItem(value) : value]),
    );
  const TransactItems = (input.TransactItems ?? []).map((one) =>
    Object.fromEntries(Object.entries(one).map(([kind, action]) => [kind, plainAction(action)])),
  );
  return { ...input, TransactItems } as TransactWriteCommandInput;
};

interface Writers {
  readonly ours: Contender;
  readonly sdk: Contender;
  readonly document: Contender;
}

/** @param lastBody - what was sent last @throws Error when the three do not send the same transaction */
const writersOf = async (lastBody: () => string): Promise<Writers> => {
  const calls = callsOf(SEED);
  const billing = createBilling({
    table: 'aimass-production-billing',
    client: signedTables({ env }),
    transport: signedTransport({ env }),
    clock: () => NOW_MS,
  });
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const credentials = { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN };
  const client = new DynamoDBClient({ region, credentials });
  const documents = DynamoDBDocument.from(new DynamoDBClient({ region, credentials }));
  const inputs: TransactWriteItemsCommandInput[] = [];
  const plainInputs: TransactWriteCommandInput[] = [];
  const of = <T>(list: readonly T[], index: number): T => list[index % POOL] as T;
  const writers = {
    ours: { name: 'ours', call: (index: number) => billing.charge(of(calls, index)) },
    sdk: { name: 'sdk', call: (index: number) => client.send(new TransactWriteItemsCommand(of(inputs, index))) },
    document: { name: 'document', call: (index: number) => documents.transactWrite(of(plainInputs, index)) },
  };
  for (let index = 0; index < POOL; index++) {
    await writers.ours.call(index);
    const input = JSON.parse(lastBody()) as TransactWriteItemsCommandInput;
    inputs.push(input);
    plainInputs.push(plainOf(input));
    for (const writer of [writers.sdk, writers.document]) {
      await writer.call(index);
      if (!isDeepStrictEqual(JSON.parse(lastBody()), input)) {
        throw new Error(`write ${index} is another transaction through ${writer.name} than through our own client`);
      }
    }
  }
  return writers;
};

/** The case `charge` of the area `inference`. */
export const area: Area = {
  method:
    'charge: processor time of billing’s charge of one call (price, event, transaction, signature, request, answer) against ' +
    'DynamoDBClient.send(TransactWriteItemsCommand) of the same marshalled items; sockets of both answer with the same ' +
    'canned bytes, https agents and their keep-alive are each client’s own; every third call has an idempotency key; ' +
    'seeded calls, each write another; rounds in turn, ratio by round, median and quartiles',
  run: async (report) => {
    process.stderr.write('inference: charge\n');
    let body = '';
    const giveBack = cannedSockets(DONE, (text) => {
      body = text;
    });
    try {
      const { ours, sdk, document } = await writersOf(() => body);
      const plan = { rounds: ROUNDS, callsPerRound: CALLS_PER_ROUND, measure: 'cpu' } as const;
      const times = await takeTurns([ours, sdk, document], plan);
      const of = (name: string) => times.get(name) ?? [];
      const us = (name: string) => `${name} ${spreadOf(of(name)).value}`;
      const overDocument = ratioOf(of('ours'), of('document')).value;
      process.stderr.write(
        `inference: charge, µs of processor time: ${['ours', 'sdk', 'document'].map(us).join(', ')}; over the document client ${overDocument}\n`,
      );
      const ratio = ratioOf(of('ours'), of('sdk'));
      const baseline = 'DynamoDBClient TransactWriteItems';
      report({ case: 'charge', metric: 'cpu_over_sdk', ...ratio, unit: 'ratio', baseline, goal: '≤ 0.35' });
    } finally {
      giveBack();
    }
  },
};
