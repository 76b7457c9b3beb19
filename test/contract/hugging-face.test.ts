// The Hugging Face Hub's own client, unmodified, against the deployed API.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { tinyModel } from '../support/tiny-onnx.ts';
import { pythonWithHub } from './python.ts';

/** y = x · W, of some 20 kB: versions differ in their weights alone. */
const linear = (factor: number): Uint8Array =>
  tinyModel({
    inputs: [{ name: 'x', datatype: 'FP32', dims: ['n', 16] }],
    outputs: [{ name: 'y', datatype: 'FP32', dims: ['n', 320] }],
    initializers: [
      {
        name: 'w',
        datatype: 'FP32',
        dims: [16, 320],
        raw: new Uint8Array(Float32Array.from({ length: 16 * 320 }, (_, index) => Math.sin(factor * index)).buffer),
      },
    ],
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  });
const [first, second] = [linear(1), linear(2)];
const script = join(import.meta.dirname, 'hugging_face_checks.py');
const checks = [...readFileSync(script, 'utf8').matchAll(/^@check\ndef (\w+)\(\):$/gm)].map((match) => match[1] ?? '');

const outcome = z.object({ check: z.string(), fault: z.string().nullable() });
const outcomes = new Map<string, string | null>();
const home = mkdtempSync(join(tmpdir(), 'aimass-hub-'));
let cloud: Cloud;

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** All that a user sets. A token that the machine knows must not help, and no other variable of the client may matter. */
const environmentOf = (python: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(python).filter(([name]) => !name.startsWith('HF_'))),
  HF_ENDPOINT: `${cloud.apiUrl}/hf`,
  HF_HOME: home,
});

beforeAll(async () => {
  const [python, started] = await Promise.all([pythonWithHub(), startCloud()]);
  cloud = started;
  const [publisher, admitted, stranger] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'admitted').join(),
    new Person(cloud, 'stranger').join(),
  ]);
  const handle = `hub-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  const key = await publisher.makeKey(['models:read', 'models:write', 'infer']);
  const keys = await Promise.all([admitted, stranger].map((person) => person.makeKey(['models:read'])));
  const open = `${handle}.open`;
  await Promise.all([
    publishModel(publisher, { name: open, bytes: first }),
    publishModel(publisher, { name: `${handle}.gated`, bytes: first }),
    publishModel(publisher, { name: `${handle}.private`, bytes: first }),
    publishModel(publisher, {
      name: `${handle}.sold`,
      bytes: first,
      price: { perCallMicros: '200', perRowMicros: '0' },
    }),
  ]);
  await publishModel(publisher, { name: open, version: '1.1.0', bytes: second });
  await publisher.byKey('PATCH', `/v1/models/${handle}.private`, { visibility: 'private' });
  await publisher.byKey('PATCH', `/v1/models/${handle}.gated`, { visibility: 'gated' });
  const requests = `/v1/models/${handle}.gated/access-requests`;
  await admitted.as('POST', requests, { reason: 'a study' });
  const { id } = (await admitted.as('GET', '/v1/account')).body;
  await publisher.as('POST', `${requests}/${id}/approve`, {});
  const hashes = {
    '1.0.0': sha256Of(first),
    '1.1.0': sha256Of(second),
    gated: sha256Of(first),
    private: sha256Of(first),
  };
  const repo = (name: string) => `${handle}/${name}`;
  const given = [...['open', 'sold', 'gated', 'private'].map(repo), key, ...keys, JSON.stringify(hashes)];
  const { stdout } = await promisify(execFile)(python.command, [script, ...given], {
    env: environmentOf(python.env),
    timeout: 240_000,
    maxBuffer: 10_000_000,
  });
  for (const line of stdout.trim().split('\n')) {
    const { check, fault } = outcome.parse(JSON.parse(line));
    outcomes.set(check, fault);
  }
}, 400_000);

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await cloud?.stop();
});

describe('huggingface_hub', () => {
  it.each(checks)('%s', (check) => {
    expect(outcomes.get(check)).toBeNull();
  });
});
