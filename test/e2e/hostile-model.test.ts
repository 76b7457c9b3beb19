// A broken or hostile upload ends rejected with a reason, and nothing else notices.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { submitModel } from '../support/publish.ts';
import { endlessLoop, tinyModel } from '../support/tiny-onnx.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));

let cloud: Cloud;
let publisher: Person;
let handle: string;

beforeAll(async () => {
  cloud = await startCloud();
  publisher = await new Person(cloud, 'publisher').join();
  handle = `hostile-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write']);
});

afterAll(() => cloud?.stop());

describe('an upload that is no good model', () => {
  it.each([
    { why: 'text', bytes: Buffer.from('this is not a model, whatever its name says') },
    { why: 'half-of-a-model', bytes: iris.subarray(0, iris.length >> 1) },
    { why: 'zeros', bytes: Buffer.alloc(4096) },
  ])('is rejected with a rule and a place: $why', async ({ why, bytes }) => {
    const version = await submitModel(publisher, { name: `${handle}.${why}`, bytes });
    expect(version.state).toBe('rejected');
    expect(version.rejection).toMatchObject({ rule: expect.stringMatching(/^[a-z_]+$/), message: expect.any(String) });
    const refused = await publisher.byKey('POST', `/v1/models/${handle}.${why}/versions/1.0.0/publish`);
    expect(refused.status).toBe(409);
  });

  it('is rejected when it passes the scanner and then never ends', async () => {
    const version = await submitModel(publisher, { name: `${handle}.endless`, bytes: tinyModel(endlessLoop) });
    expect(version).toMatchObject({ state: 'rejected', rejection: { rule: 'timed_out' } });
  }, 150_000);

  it('leaves the next good upload untouched', async () => {
    const version = await submitModel(publisher, { name: `${handle}.good`, bytes: iris });
    expect(version.state).toBe('validated');
  });
});
