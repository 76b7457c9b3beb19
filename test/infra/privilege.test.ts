// The privilege check over the real templates: what it must find, found; what roles must refuse, refused.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../../local/root.ts';
import { explain } from '../../tools/privilege/explained.ts';
import { type Asked, hold } from '../../tools/privilege/hold.ts';
import type { RecordedLine } from '../../tools/privilege/need.ts';
import { readRecordings } from '../../tools/privilege/read-recordings.ts';
import { readRoles } from '../../tools/privilege/read-roles.ts';
import { DEPLOYED_FILE, type Deployed, deployed } from '../../tools/privilege/resolve.ts';
import { synthesised } from './synthesised.ts';

const { data, control, inference } = synthesised('dev').templates;
const names = ['FunctionName', 'TableName', 'QueueName', 'LogGroupName', 'UserPoolName', 'Name'];

/** As the emulator would deploy it: what has a name is called so, all else by its logical id. Each call makes its own. */
const deploy = (): Deployed => {
  const templates = deployed.shape.templates.parse({
    'aimass-dev-data': data.toJSON(),
    'aimass-dev-control': control.toJSON(),
    'aimass-dev-inference': inference.toJSON(),
  });
  const physicalIds = Object.fromEntries(
    Object.entries(templates).map(([stack, { Resources }]) => {
      const ids = Object.entries(Resources).map(([id, { Properties }]) => {
        const name = names.map((one) => Properties[one]).find((one) => typeof one === 'string');
        return [id, name ?? id];
      });
      return [stack, Object.fromEntries(ids)];
    }),
  );
  return structuredClone(deployed.parse({ templates, physicalIds }));
};

const bucket = (name: string): string =>
  Object.keys(data.findResources('AWS::S3::Bucket')).find((id) => id.includes(name)) ?? '';

const account = `acc_${'0'.repeat(26)}`;
const table = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/aimass-dev-${name}`;
const object = (name: string, key: string) => `arn:aws:s3:::${bucket(name)}/${key}`;

/** @param from - where it came from, when not from who signed it */
const asks = (signer: string, action: string, resource: string, leadingKey?: string, from = signer): Asked => ({
  signer: `aimass-dev-${signer}`,
  from: `aimass-dev-${from}`,
  need: { action, resource, context: leadingKey === undefined ? {} : { 'dynamodb:LeadingKeys': [leadingKey] } },
});

const debit = asks('inference-infer', 'dynamodb:UpdateItem', table('billing'), account);

/** Statements by which infer changes items of billing. */
const updatesOfBilling = (one: Deployed) =>
  Object.values(one.templates).flatMap(({ Resources }) =>
    Object.entries(Resources)
      .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith('InferenceInfer'))
      .flatMap(
        ([, { Properties }]) => (Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement,
      )
      .filter(
        (statement) => statement.Action === 'dynamodb:UpdateItem' && JSON.stringify(statement).includes('BillingTable'),
      ),
  );

const why = (asked: Asked, one: Deployed = deploy()) =>
  hold([asked], readRoles(one)).refused.map((refusal) => refusal.why);

describe('a call', () => {
  it.each<[string, Asked]>([
    ['infer debits a wallet', debit],
    [
      'infer records an event',
      asks('inference-infer', 'dynamodb:PutItem', table('billing'), `${account}#2026-11-23T20:46#3`),
    ],
    ['infer finds a key', asks('inference-infer', 'dynamodb:GetItem', table('accounts'), 'key_1')],
    ['the scan pins a version', asks('registry-scan', 's3:GetObjectVersion', object('Quarantine', 'uploads/a'))],
    [
      'smoke fetches what the scan signed',
      asks('registry-scan', 's3:GetObject', object('Quarantine', 'candidates/a'), undefined, 'inference-smoke'),
    ],
    [
      'smoke sends what it made to where the scan signed',
      asks('registry-scan', 's3:PutObject', object('Quarantine', 'candidates/a'), undefined, 'inference-smoke'),
    ],
    ['infer reads a compiled model', asks('inference-infer', 's3:GetObject', object('Artifacts', 'sha256/a'))],
    ['a run reads an artifact', asks('inference-run-2gib', 's3:GetObject', object('Artifacts', 'sha256/a'))],
    ['billing grants', asks('billing-api', 'dynamodb:PutItem', table('billing'), `${account}#ledger`)],
    ['billing adds to a wallet', asks('billing-api', 'dynamodb:UpdateItem', table('billing'), account)],
    ['the relay empties an outbox', asks('governance-relay', 'dynamodb:DeleteItem', table('accounts'), 'outbox#3')],
  ])('is allowed: %s', (_what, asked) => {
    expect(why(asked)).toEqual([]);
  });

  it.each<[string, Asked, string]>([
    [
      'infer reads what nobody has scanned',
      asks('inference-infer', 's3:GetObject', object('Quarantine', 'uploads/a')),
      'no statement',
    ],
    [
      'infer writes a compiled model',
      asks('inference-infer', 's3:PutObject', object('Artifacts', 'sha256/a')),
      'no statement',
    ],
    ['infer puts a wallet', asks('inference-infer', 'dynamodb:PutItem', table('billing'), account), 'no statement'],
    [
      'infer writes the ledger',
      asks('inference-infer', 'dynamodb:PutItem', table('billing'), `${account}#ledger`),
      'no statement',
    ],
    [
      'infer writes sums',
      asks('inference-infer', 'dynamodb:PutItem', table('billing'), `${account}#usage`),
      'no statement',
    ],
    ['infer makes a key', asks('inference-infer', 'dynamodb:PutItem', table('accounts'), 'key_1'), 'no statement'],
    [
      'infer changes a model',
      asks('inference-infer', 'dynamodb:PutItem', table('registry'), 'model#a.b'),
      'no statement',
    ],
    ...['#2026-11-23T20:46#3', '#usage', '#archive', '#open', ''].map((partition): [string, Asked, string] => [
      `billing puts into acc_…${partition}`,
      asks('billing-api', 'dynamodb:PutItem', table('billing'), `${account}${partition}`),
      'no statement',
    ]),
    ...['#2026-11-23T20:46#3', '#usage', '#months', '#ledger', '#idem'].map((partition): [string, Asked, string] => [
      `billing changes what lies in acc_…${partition}`,
      asks('billing-api', 'dynamodb:UpdateItem', table('billing'), `${account}${partition}`),
      'no statement',
    ]),
    ...(
      [
        // Each price book is put beside the ones before; none is changed in its place.
        ['billing-api', 'UpdateItem', 'pricebook'],
        ['billing-api', 'DeleteItem', 'pricebook'],
        ['billing-api', 'PutItem', 'audit'],
        ['billing-api', 'UpdateItem', 'audit'],
        ['inference-infer', 'PutItem', 'pricebook'],
        ['inference-infer', 'UpdateItem', 'pricebook'],
      ] as const
    ).map(([name, action, partition]): [string, Asked, string] => [
      `${name} writes ${partition}: ${action}`,
      asks(name, `dynamodb:${action}`, table('billing'), partition),
      'no statement',
    ]),
    ['billing takes a handle', asks('billing-api', 'dynamodb:PutItem', table('accounts'), 'handle#a'), 'no statement'],
    [
      'the relay reads what is no outbox',
      asks('governance-relay', 'dynamodb:Query', table('accounts'), account),
      'no statement',
    ],
    [
      'the sealer debits a ledger',
      asks('billing-sealer', 'dynamodb:UpdateItem', table('billing'), `${account}#ledger`),
      'no statement',
    ],
    [
      'a run reads an upload',
      asks('inference-run-2gib', 's3:GetObject', object('Quarantine', 'uploads/a')),
      'no statement',
    ],
    [
      'a run reads a table',
      asks('inference-run-2gib', 'dynamodb:GetItem', table('accounts'), account),
      'its network leads to S3 alone',
    ],
    [
      'a run writes an object',
      asks('inference-run-2gib', 's3:PutObject', object('Artifacts', 'sha256/a')),
      'no statement',
    ],
    [
      'smoke reads under its own name',
      asks('inference-smoke', 's3:GetObject', object('Quarantine', 'uploads/a')),
      'an explicit deny',
    ],
    [
      'smoke pins a version',
      asks('registry-scan', 's3:GetObjectVersion', object('Quarantine', 'uploads/a'), undefined, 'inference-smoke'),
      'the endpoint of its network does not let it through',
    ],
    [
      'smoke sends something to where artifacts are',
      asks('registry-scan', 's3:PutObject', object('Artifacts', 'sha256/a'), undefined, 'inference-smoke'),
      'the endpoint of its network does not let it through',
    ],
    ['a table is scanned', asks('accounts-api', 'dynamodb:Scan', table('accounts')), 'no statement'],
  ])('is not allowed: %s', (_what, asked, reason) => {
    expect(why(asked)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('the check', () => {
  it('finds a call whose action was taken from the role', () => {
    const one = deploy();
    const statements = updatesOfBilling(one);
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) statement.Action = 'dynamodb:GetItem';
    expect(why(debit, one)).toEqual(['no statement of the role allows it']);
  });

  it('finds a grant that no call takes, action by action and partition by partition', () => {
    const one = deploy();
    const [statement] = updatesOfBilling(one);
    if (!statement) throw new Error('infer must update items');
    statement.Action = ['dynamodb:UpdateItem', 'dynamodb:Scan'];
    const { unused } = hold([debit], readRoles(one));
    const ofWallets = unused.filter(({ action }) => action.includes('dynamodb:Scan'));
    expect(ofWallets).toContainEqual({
      functionName: 'aimass-dev-inference-infer',
      action: 'dynamodb:Scan',
      resource: table('billing'),
    });
    // The debit took the wallets' partitions, and not those of idempotency keys or of quotas.
    expect(ofWallets.flatMap(({ leadingKey }) => leadingKey ?? []).sort()).toEqual(['acc_*#idem', 'acc_*#quota']);
    const updates = unused.filter(
      ({ functionName, action }) => `${functionName} ${action}` === `${debit.signer} dynamodb:UpdateItem`,
    );
    expect(updates.map(({ resource }) => resource)).not.toContain(table('billing'));
  });

  it.each(['Condition', 'NotResource'])('refuses a policy that it cannot read: %s', (element) => {
    const one = deploy();
    const [statement] = updatesOfBilling(one);
    Object.assign(statement ?? {}, { [element]: { NumericEquals: { 'dynamodb:LeadingKeys': '1' } } });
    expect(() => why(debit, one)).toThrow(/Numeric|NotResource/);
  });

  it('refuses a role with a policy of AWS’s own', () => {
    const one = deploy();
    for (const { Type, Properties } of Object.values(one.templates['aimass-dev-control']?.Resources ?? {})) {
      if (Type === 'AWS::IAM::Role') Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess'];
    }
    expect(() => readRoles(one)).toThrow('ManagedPolicyArns');
  });
});

describe('an explanation', () => {
  const grant = { functionName: 'aimass-dev-registry-scan', action: 'sqs:ReceiveMessage', resource: 'arn:aws:sqs:::q' };
  const table = [{ functions: 'registry-*', actions: ['sqs:ReceiveMessage'], reason: 'AWS itself' }];

  it('covers the grants that it names', () => {
    expect(explain([grant], table)).toEqual({ unexplained: [], explainedCount: 1, stale: [] });
  });

  it('covers no other action, function or partition', () => {
    const others = [
      { ...grant, action: 'sqs:SendMessage' },
      { ...grant, functionName: 'aimass-dev-billing-api' },
      { ...grant, leadingKey: 'x' },
    ];
    expect(explain([grant, ...others], table).unexplained).toEqual(others);
  });

  it('that no unused grant needs any more is told', () => {
    expect(explain([], table).stale).toEqual(['registry-*: sqs:ReceiveMessage']);
  });

  it('is there for all that AWS itself does under our roles, and for nothing else', () => {
    const { unexplained, stale } = explain(hold([], readRoles(deploy())).unused);
    expect(stale).toEqual([]);
    const services = new Set(unexplained.map(({ action }) => action.split(':')[0]));
    expect([...services].sort()).toEqual(['cognito-idp', 'dynamodb', 'events', 'kms', 'lambda', 's3', 'sqs']);
  });
});

describe('a recording', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aimass-recordings-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const functions = readRoles(deploy()).functions.map(({ functionName }) => functionName);
  const begin: RecordedLine = { is: 'begin', template: folder, functions };
  const need: RecordedLine = { is: 'need', signer: debit.signer, from: debit.signer, need: debit.need };
  const end: RecordedLine = { is: 'end', callCount: 7 };
  const write = (...lines: readonly RecordedLine[]) =>
    writeFileSync(join(folder, 'one.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const check = async (...options: string[]) => {
    const run = promisify(execFile)(process.execPath, [join(root, 'tools/check-privilege.ts'), folder, ...options]);
    return run.then(
      ({ stdout }) => ({ code: 0, stdout }),
      (fault: { code: number; stdout: string }) => ({ code: fault.code, stdout: fault.stdout }),
    );
  };

  it('is read with its calls, each need once', () => {
    write(begin, need, need, end);
    expect(readRecordings(folder)).toMatchObject({ callCount: 7, asked: [debit], faults: [] });
  });

  it('that was not ended, and what was not understood, is a fault', () => {
    write(begin, { is: 'unknown', signer: 'f', what: 'GET /' });
    expect(readRecordings(folder)?.faults).toEqual(['f: GET /', expect.stringContaining('not ended')]);
  });

  it('of some tests tells what no call used; of all tests it fails for it', async () => {
    writeFileSync(join(folder, DEPLOYED_FILE), JSON.stringify(deploy()));
    write(begin, need, end);
    const some = await check('--partial');
    expect(some.stdout).toMatch(/^calls recorded 7 \(distinct 1\), calls not allowed 0, grants unused [1-9]/);
    expect(some.code).toBe(0);
    const all = await check();
    expect([all.code, all.stdout]).toEqual([1, expect.stringContaining('take it from the role, or test what uses it')]);
  });

  it('that did not listen to each function fails', async () => {
    write({ ...begin, functions: functions.slice(1) }, need, end);
    const { code, stdout } = await check('--partial');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`nobody listened to ${functions[0]}`)]);
  });

  it('of a call that is not allowed fails even so', async () => {
    const put: RecordedLine = { ...need, need: { ...debit.need, action: 'dynamodb:PutItem' } };
    write(begin, put, end);
    const { code, stdout } = await check('--partial');
    expect([code, stdout]).toEqual([1, expect.stringContaining('calls not allowed 1')]);
    expect(stdout).toContain('no statement of the role allows it');
  });
});
