// A broken or hostile upload ends rejected with a reason, and nothing else notices.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setOff } from '../hostile/attacks/set-off.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { awaitLines } from '../support/cloud-logs.ts';
import { Person } from '../support/person.ts';
import { publishModel, submitModel } from '../support/publish.ts';
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
  await publisher.makeKey(['models:read', 'models:write', 'infer']);
});

afterAll(() => cloud?.stop());

describe('a published model that kills what runs it', () => {
  const name = () => `${handle}.killer`;
  const ask = (number: number) =>
    publisher.byKey('POST', `/v2/models/${name()}/infer`, {
      inputs: [{ name: 'x', datatype: 'INT64', shape: [1], data: [number] }],
    });
  const version = async () => (await publisher.byKey('GET', `/v1/models/${name()}/versions/1.0.0`)).body;

  it('is quarantined by the third such run, its publisher told why, and released again', async () => {
    const killer = setOff.find((attack) => attack.name === 'set-off-crash');
    await publishModel(publisher, { name: name(), bytes: killer?.make() ?? new Uint8Array(0) });
    expect((await ask(3)).status).toBe(200);
    for (let run = 0; run < 3; run++) {
      expect((await version()).state).toBe('published');
      const killed = await ask(5);
      expect([killed.status, killed.body.code]).toEqual([422, 'model_failed']);
    }
    expect(await version()).toMatchObject({
      state: 'quarantined',
      quarantine: { crashed: 3, timedOut: 0, releases: 0 },
    });
    // The version is known for a few seconds where calls are answered.
    await expect.poll(async () => (await ask(3)).body.code, { timeout: 15_000 }).toBe('version_quarantined');
    expect((await ask(3)).status).toBe(409);
    const released = await publisher.as('POST', `/v1/models/${name()}/versions/1.0.0/release`);
    expect([released.status, released.body.state]).toEqual([200, 'published']);
    await expect.poll(async () => (await ask(3)).status, { timeout: 15_000 }).toBe(200);
  });

  it('is logged, with a figure to count', async () => {
    const lines = await awaitLines(cloud, 'inference-infer', ({ work }) => work === 'version-failed', 3);
    expect(lines.map(({ versionsQuarantined }) => versionsQuarantined)).toEqual([0, 0, 1]);
    expect(lines[2]).toMatchObject({ model: name(), version: '1.0.0', kind: 'crashed' });
  });
});

describe('a published model that never ends', () => {
  it('is ended by its own deadline, which counts, and no other call waits for it', async () => {
    const endless = setOff.find((attack) => attack.name === 'set-off-loop');
    const [name, good] = [`${handle}.endless-for-some`, `${handle}.beside`];
    await publishModel(publisher, { name, bytes: endless?.make() ?? new Uint8Array(0) });
    await publishModel(publisher, { name: good, bytes: iris });
    const ask = (number: number) =>
      publisher.byKey('POST', `/v2/models/${name}/infer`, {
        inputs: [{ name: 'x', datatype: 'INT64', shape: [1], data: [number] }],
      });
    let ended = false;
    const never = ask(2 ** 40).finally(() => {
      ended = true;
    });
    const beside = await publisher.byKey('POST', `/v2/models/${good}/infer`, {
      inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }],
    });
    expect([beside.status, ended]).toEqual([200, false]);
    const late = await never;
    expect([late.status, late.body.code]).toEqual([422, 'model_timeout']);
    expect(late.body.detail).toBe('the model did not end within the time that a run has; nothing was charged');
    const counted = ({ work, model }: Record<string, unknown>) => work === 'version-failed' && model === name;
    expect(await awaitLines(cloud, 'inference-infer', counted)).toMatchObject([{ kind: 'timed_out' }]);
    expect((await ask(3)).status).toBe(200);
  });
});

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
