// `npm run audit`, the deployed auditor and archiver over a whole local cloud: sound after its demo, and not once somebody has
// changed one number.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { ulid } from 'ulidx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoLedger } from '../../lambdas/billing/adapters/dynamo-ledger.ts';
import { signedTransport } from '../../lambdas/billing/adapters/signed-transport.ts';
import { createBilling } from '../../lambdas/billing/gateway.ts';
import { clientConfig } from '../../local/ministack.ts';
import { root } from '../../local/root.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';

let cloud: Cloud;
let client: DynamoDBDocument;

beforeAll(async () => {
  cloud = await startCloud();
  client = DynamoDBDocument.from(new DynamoDBClient(at()), { marshallOptions: { removeUndefinedValues: true } });
  // A copy has no stamp of its own deployment.
  writeFileSync(cloud.state.deployStampFile, JSON.stringify({ fingerprint: '', outputs: cloud.deployment }));
});
afterAll(() => cloud?.stop());

const DAY_MS = 86_400_000;
const table = () => cloud.deployment['aimass-dev-data'].BillingTable;
const at = () => clientConfig({ port: cloud.state.emulatorPort });

/** The command, as somebody types it whose cloud lies in that folder. */
const auditAt = (folder: string, ...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH,
      AIMASS_STATE: folder,
      AIMASS_PORT: String(cloud.state.emulatorPort),
    };
    const child = execFile(process.execPath, ['local/audit.ts', ...args], { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });

const audit = (...args: string[]) => auditAt(cloud.state.folder, ...args);

/** Runs a function as its schedule does. @returns the lines of its log */
const scheduled = async (name: string): Promise<Record<string, unknown>[]> => {
  const command = new InvokeCommand({ FunctionName: `aimass-dev-${name}`, LogType: 'Tail' });
  const { FunctionError, LogResult = '' } = await new LambdaClient(at()).send(command);
  expect([name, FunctionError]).toEqual([name, undefined]);
  const lines = Buffer.from(LogResult, 'base64').toString().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
};

/** The auditor's next run begins anew. */
const auditAnew = async () => {
  await client.delete({ TableName: table(), Key: { pk: 'audit', sk: 'progress' } });
  return scheduled('billing-auditor');
};

it('finds nothing after the demo, and names what is changed', async () => {
  const sound = await audit('--full');
  expect(sound).toMatchObject({ exitCode: 0, stderr: '' });
  expect(sound.stdout).toMatch(/^accounts [1-9]\d*, events [1-9]\d*, difference 0 micros, findings 0\n$/);

  const { Items = [] } = await client.scan({
    TableName: table(),
    FilterExpression: 'sk = :wallet',
    ExpressionAttributeValues: { ':wallet': 'wallet' },
  });
  const pk = String(Items[0]?.pk);
  const change = (by: number) =>
    client.update({
      TableName: table(),
      Key: { pk, sk: 'wallet' },
      UpdateExpression: 'SET avail = avail + :by',
      ExpressionAttributeValues: { ':by': by },
    });
  await change(1);

  const told = await audit('--account', pk);
  expect(told.exitCode).toBe(1);
  expect(told.stdout).toContain(`balance  ${pk}  wallet`);
  expect(told.stdout).toMatch(/difference 1 micros, findings 1\n$/);
  expect(JSON.parse((await audit('--json')).stdout)).toMatchObject({ findings: [{ check: 'balance', accountId: pk }] });

  const lines = await auditAnew();
  expect(lines).toContainEqual(expect.objectContaining({ work: 'audit_finding', check: 'balance', accountId: pk }));
  expect(lines.at(-1)).toMatchObject({
    work: 'audit',
    due: true,
    findingCount: 1,
    differenceMicros: '1',
    finished: true,
  });
  expect((await scheduled('billing-auditor')).at(-1)).toMatchObject({ work: 'audit', due: false, findingCount: 0 });
  await change(-1);
});

it('on the schedule, a month that is long over is sealed, archived and derived again', async () => {
  // Four turns of the auditor's rota ago, and longer than events are kept.
  const atMs = Date.now() - 4 * 28 * DAY_MS;
  const accountId = `acc_${ulid(atMs)}`;
  const entry = { accountId, id: `txn_${ulid(atMs)}`, createdAtMs: atMs, amountMicros: 1_000n };
  const ledger = dynamoLedger(client, table());
  await ledger.grant({ ...entry, type: 'grant', reason: 'then', grantedBy: 'usr_then' }, undefined);
  const billing = createBilling({
    table: table(),
    client,
    transport: signedTransport({ env: cloud.env, timeoutMs: 20_000 }),
    clock: () => atMs,
  });
  await billing.charge({
    accountId,
    ownerAccountId: `acc_${ulid(atMs)}`,
    inferenceId: `inf_${ulid(atMs)}`,
    model: 'acme.then',
    version: '1.0.0',
    price: { perCallMicros: '230', perRowMicros: '0', version: 1 },
    rowCount: 1,
    keyId: undefined,
    userId: 'usr_then',
    lane: 'run-2gib',
    compute: { memoryMiB: 2048, ms: 5 },
    idempotency: undefined,
  });
  // The month is found once its day is closed.
  for (let runs = 0; runs < 2; runs++) await scheduled('billing-sealer');
  expect((await scheduled('billing-archiver')).at(-1)).toMatchObject({ work: 'archive', monthCount: 1, eventCount: 1 });
  expect((await auditAnew()).at(-1)).toMatchObject({ work: 'audit', findingCount: 0, differenceMicros: '0' });
  expect(JSON.parse((await audit('--full', '--json', '--account', accountId)).stdout)).toEqual({
    accounts: 1,
    events: 1,
    differenceMicros: '0',
    undecidedMicros: '0',
    findings: [],
  });

  const day = new Date(atMs).toISOString().slice(0, 10);
  const Key = { pk: `${accountId}#archive`, sk: day };
  await client.update({
    TableName: table(),
    Key,
    UpdateExpression: 'SET versionId = :gone',
    ExpressionAttributeValues: { ':gone': 'gone' },
  });
  expect(await auditAnew()).toContainEqual(
    expect.objectContaining({ work: 'audit_finding', check: 'archive_object', accountId }),
  );
});

it('says what to do where nothing runs, and where it is asked for nonsense', async () => {
  expect(await audit('--account', 'nobody')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("'--account'"),
  });
  expect(await audit('--account', 'acc_01JDA8Z5V4W1T4E5R6T7Y8V9P9')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('there is no account acc_01JDA8Z5V4W1T4E5R6T7Y8V9P9'),
  });
  const empty = mkdtempSync(join(tmpdir(), 'aimass-audit-'));
  const away = await auditAt(empty);
  rmSync(empty, { recursive: true });
  expect(away).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('npm start -- --once') });
});
