// An empty emulator of its own for a test file: throw-away state, a free port, ended with the file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientEnv, endpointOf, startMiniStack, stopMiniStack } from '../../local/ministack.ts';
import { freePortPair } from '../../local/processes.ts';
import { root } from '../../local/root.ts';
import { venvFolder } from '../../local/state.ts';
import { ensureVenv } from '../../local/venv.ts';

export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  /** For AWS clients: endpoint, region, credentials. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** @returns a running emulator; nothing is deployed in it */
export const startEmulator = async (): Promise<Emulator> => {
  const venv = venvFolder('ministack');
  await ensureVenv(venv, join(root, 'local/requirements.txt'), () => {});
  const folder = mkdtempSync(join(tmpdir(), 'aimass-emulator-'));
  const instance = { port: await freePortPair(), folder, venv };
  await startMiniStack(instance);
  return {
    endpoint: endpointOf(instance),
    port: instance.port,
    env: clientEnv(instance),
    stop: async () => {
      await stopMiniStack(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Makes a table with the keys and indexes that every context's table has. */
export const createContextTable = async (endpoint: string, tableName: string): Promise<void> => {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const index = (name: string) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: `${name}pk`, KeyType: 'HASH' as const },
      { AttributeName: `${name}sk`, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  const keys = ['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk'];
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [index('gsi1'), index('gsi2')],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
};
