// Triton's own HTTP client, unmodified, against the deployed API.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { datatypes } from '../../lambdas/shared/onnx/signature.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { identityOf, type TinyGraph, tinyModel } from '../support/tiny-onnx.ts';
import { pythonWithTriton } from './python.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const scripts = ['tritonclient_checks.py', 'tritonclient_forms.py', 'tritonclient_refusals.py'].map((name) =>
  join(import.meta.dirname, name),
);
const checks = scripts.flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(/^@check\ndef (\w+)\(\):$/gm)].map((match) => match[1] ?? ''),
);

/** Whatever the runtime takes. */
const echoed = datatypes.filter((datatype) => datatype !== 'BF16');
const every: TinyGraph = {
  inputs: echoed.map((datatype) => ({ name: `in_${datatype}`, datatype, dims: [`n_${datatype}`] })),
  outputs: echoed.map((datatype) => ({ name: `out_${datatype}`, datatype, dims: [`n_${datatype}`] })),
  nodes: echoed.map((datatype) => ({ op: 'Identity', inputs: [`in_${datatype}`], outputs: [`out_${datatype}`] })),
};

const outcome = z.object({ check: z.string(), fault: z.string().nullable() });
const outcomes = new Map<string, string | null>();
let cloud: Cloud;

beforeAll(async () => {
  const [python, started] = await Promise.all([pythonWithTriton(), startCloud()]);
  cloud = started;
  const publisher = await new Person(cloud, 'triton').join();
  const handle = `triton-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  const key = await publisher.makeKey(['models:read', 'models:write', 'infer']);
  const models = [
    { name: `${handle}.iris`, bytes: iris },
    { name: `${handle}.texts`, bytes: tinyModel(identityOf('BYTES')) },
    { name: `${handle}.every`, bytes: tinyModel(every) },
  ];
  await Promise.all(models.map((model) => publishModel(publisher, model)));
  const [script = ''] = scripts;
  const given = [script, cloud.apiUrl, key, ...models.map(({ name }) => name)];
  const { stdout } = await promisify(execFile)(python.command, given, { env: python.env, timeout: 120_000 });
  for (const line of stdout.trim().split('\n')) {
    const { check, fault } = outcome.parse(JSON.parse(line));
    outcomes.set(check, fault);
  }
}, 180_000);

afterAll(() => cloud?.stop());

describe('tritonclient[http]', () => {
  it.each(checks)('%s', (check) => {
    expect(outcomes.get(check)).toBeNull();
  });
});
