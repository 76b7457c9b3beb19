// Triton's own HTTP client, unmodified, against the deployed API.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { pythonWithTriton } from './python.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const script = join(import.meta.dirname, 'tritonclient_checks.py');
const checks = [...readFileSync(script, 'utf8').matchAll(/^@check\ndef (\w+)\(\):$/gm)].map((match) => match[1] ?? '');

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
  await publishModel(publisher, { name: `${handle}.iris`, bytes: iris });
  const { stdout } = await promisify(execFile)(python.command, [script, cloud.apiUrl, key, `${handle}.iris`], {
    env: python.env,
    timeout: 120_000,
  });
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
