// A new version goes to a few callers first, then to all, and back in one call.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const USER_COUNT = 60;
/** What `infer` may tell for so long after a change. */
const KEPT_MS = 5_100;

let cloud: Cloud;
let publisher: Person;
let consumer: Person;
let model: string;
let inputName: string;

const put = (body: object, alias = 'stable') => publisher.byKey('PUT', `/v1/models/${model}/aliases/${alias}`, body);
const settled = () => new Promise((resolve) => setTimeout(resolve, KEPT_MS));

/** The version that answers. */
const call = async (user?: string, reference = 'stable') => {
  const input = { name: inputName, datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
  const headers = user === undefined ? undefined : { 'x-aimass-affinity': user };
  const path = `/v2/models/${model}/versions/${reference}/infer`;
  const answer = await consumer.byKey('POST', path, { inputs: [input] }, headers);
  expect(answer.status).toBe(200);
  expect(answer.body.model_version).toBe(answer.headers.get('x-aimass-version'));
  return answer.headers.get('x-aimass-version');
};
const users = Array.from({ length: USER_COUNT }, (_, index) => `user-${index}`);
const callAll = async () => {
  const versions: (string | null)[] = [];
  for (const user of users) versions.push(await call(user));
  return versions;
};

beforeAll(async () => {
  cloud = await startCloud();
  [publisher, consumer] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'consumer').join(),
  ]);
  const handle = `alias-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await Promise.all([publisher.makeKey(['models:read', 'models:write', 'infer']), consumer.makeKey(['infer'])]);
  model = `${handle}.iris`;
  const first = await publishModel(publisher, { name: model, bytes: iris });
  inputName = first.signature.inputs[0].name;
  await publishModel(publisher, { name: model, bytes: iris, version: '1.1.0' });
});

afterAll(() => cloud?.stop());

describe('an alias', () => {
  it('gives all callers the one version it names', async () => {
    expect((await put({ targets: [{ version: '1.0.0', weight: 1 }] })).status).toBe(201);
    expect(await call()).toBe('1.0.0');
  });

  it('shares the users of an account out, each keeping a version, and the account keeping one', async () => {
    const split = {
      targets: [
        { version: '1.0.0', weight: 70 },
        { version: '1.1.0', weight: 30 },
      ],
    };
    expect(await put(split)).toMatchObject({ status: 200, body: { revision: 2 } });
    await settled();
    const versions = await callAll();
    const canaries = versions.filter((version) => version === '1.1.0').length;
    const sigma = Math.sqrt(USER_COUNT * 0.3 * 0.7);
    expect(Math.abs(canaries - USER_COUNT * 0.3)).toBeLessThan(4 * sigma);
    expect(await callAll()).toEqual(versions);
    expect(new Set([await call(), await call(), await call()]).size).toBe(1);
    const ready = await consumer.byKey('GET', `/v2/models/${model}/versions/stable/ready`, undefined, {
      'x-aimass-affinity': 'user-0',
    });
    expect(ready.headers.get('x-aimass-version')).toBe(versions[0]);
  });

  it('is rolled back in one call', async () => {
    const back = await publisher.byKey('POST', `/v1/models/${model}/aliases/stable/rollback`);
    expect(back).toMatchObject({ status: 200, body: { revision: 3, targets: [{ version: '1.0.0', share: 1 }] } });
    await settled();
    expect(new Set(await callAll())).toEqual(new Set(['1.0.0']));
  });

  it('called latest stays where it was set by hand, and can be split', async () => {
    await put({ targets: [{ version: '1.0.0', weight: 1 }] }, 'latest');
    await publishModel(publisher, { name: model, bytes: iris, version: '1.2.0' });
    const pinned = await publisher.byKey('GET', `/v1/models/${model}`);
    expect(pinned.body.latestVersion).toBe('1.0.0');
    await put(
      {
        targets: [
          { version: '1.0.0', weight: 50 },
          { version: '1.2.0', weight: 50 },
        ],
      },
      'latest',
    );
    await settled();
    const versions = new Set<string | null>();
    for (const user of users.slice(0, 20)) versions.add(await call(user, 'latest'));
    expect(versions).toEqual(new Set(['1.0.0', '1.2.0']));
  });

  it('cannot be found once it is deleted, and its past can be read', async () => {
    expect((await publisher.byKey('DELETE', `/v1/models/${model}/aliases/stable`)).status).toBe(204);
    await settled();
    const answer = await consumer.byKey('GET', `/v2/models/${model}/versions/stable/ready`);
    expect(answer.status).toBe(404);
    const { body } = await publisher.byKey('GET', `/v1/models/${model}/history?limit=100`);
    const told = body.items.map(({ event }: { event: string }) => event);
    expect(told.filter((event: string) => event.startsWith('Alias')).reverse()).toEqual([
      'AliasMoved.v1',
      'AliasMoved.v1',
      'AliasMoved.v1',
      'AliasMoved.v1',
      'AliasMoved.v1',
      'AliasDeleted.v1',
    ]);
  });
});
