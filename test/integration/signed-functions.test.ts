// Our own invocation against the SDK's, of one function: both get what it returns, and hear of its faults alike.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InvokeFunction, signedFunctions } from '../../lambdas/shared/platform/signed/functions.ts';
import { type Emulator, startEmulator } from '../support/emulator.ts';

const code = `exports.handler = async ({ wish, text, times = 1 }) => {
  console.log('invoked');
  if (wish === 'throw') throw new RangeError('as wished');
  if (wish === 'exit') process.exit(3);
  if (wish === 'sleep') await new Promise((resolve) => setTimeout(resolve, 20000));
  return { text: text && text.repeat(times) };
};`;
const NAME = 'aimass-test-functions';
const never = new AbortController().signal;

let emulator: Emulator;
let sdk: LambdaClient;
let ours: InvokeFunction;

const zipped = (): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'aimass-zip-'));
  try {
    writeFileSync(join(folder, 'index.js'), code);
    execFileSync('python3', ['-m', 'zipfile', '-c', 'code.zip', 'index.js'], { cwd: folder });
    return readFileSync(join(folder, 'code.zip'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

beforeAll(async () => {
  emulator = await startEmulator();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  sdk = new LambdaClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials });
  await sdk.send(
    new CreateFunctionCommand({
      FunctionName: NAME,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: { ZipFile: zipped() },
      Timeout: 2,
    }),
  );
  await waitUntilFunctionActiveV2({ client: sdk, maxWaitTime: 20 }, { FunctionName: NAME });
  ours = signedFunctions({ env: emulator.env });
});
afterAll(async () => {
  sdk?.destroy();
  await emulator?.stop();
});

const bySdk = async (event: object) => {
  const { Payload = new Uint8Array(), FunctionError } = await sdk.send(
    new InvokeCommand({ FunctionName: NAME, Payload: JSON.stringify(event) }),
  );
  return { told: JSON.parse(Buffer.from(Payload).toString()), failed: FunctionError !== undefined };
};

const byOurs = async (event: object) => {
  const { payload, failed } = await ours(NAME, JSON.stringify(event), { timeoutMs: 20_000, signal: never });
  return { told: JSON.parse(payload.toString()), failed };
};

describe('a function', () => {
  it.each([
    { why: 'what it returns', event: { text: 'zwölf ✓' }, failed: false },
    { why: 'an answer of megabytes', event: { text: 'abcdefgh', times: 400_000 }, failed: false },
    { why: 'what it throws', event: { wish: 'throw' }, failed: true },
  ])('tells $why as through the SDK', async ({ event, failed }) => {
    const answer = await byOurs(event);
    const { told } = await bySdk(event);
    expect(answer.failed).toBe(failed);
    // A stack names the place in the emulator's worker, another one each time.
    const plain = ({ trace: _, stackTrace: __, ...rest }: Record<string, unknown>) => rest;
    expect(plain(answer.told)).toEqual(plain(told));
  });

  it.each([{ wish: 'exit' }, { wish: 'sleep' }])('that ends otherwise ($wish) is told of as failed', async (event) => {
    const answer = await byOurs(event);
    expect(answer.failed).toBe(true);
    expect(String(answer.told.errorMessage)).not.toBe('');
  });

  it('that is not there is told of by the service’s own name', async () => {
    const fault = await ours('aimass-test-nothing', '{}', { timeoutMs: 5_000 }).catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });

  it('is given up for the reason of the signal', async () => {
    const abort = new AbortController();
    const running = ours(NAME, '{"wish":"sleep"}', { timeoutMs: 20_000, signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(running).rejects.toThrow('enough');
  });
});
