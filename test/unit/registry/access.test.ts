// Who is let in to which model: requests, decisions, shares and terms, as HTTP and as a call meets them.
import { beforeEach, describe, expect, it } from 'vitest';
import { ASK_AGAIN_MS, requestGrant } from '../../../lambdas/registry/domain/access.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

const MODEL = 'acme.iris';
const requests = `/v1/models/${MODEL}/access-requests`;

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;
let published: ReturnType<typeof publishedModels>;

const publish = async (visibility: string) => {
  await call('POST', '/v1/models', { who: 'acme', body: newModel(MODEL, { visibility }) });
  const sha256 = 'c'.repeat(64);
  const files = [{ path: 'model.onnx', sizeBytes: 3, sha256 }];
  const draft = await call('POST', `/v1/models/${MODEL}/versions`, { who: 'acme', body: { version: '1.0.0', files } });
  registry.objects.set(draft.body.uploads[0].fields.key, { sizeBytes: 3, sha256 });
  await call('POST', `/v1/models/${MODEL}/versions/1.0.0/complete`, { who: 'acme' });
  registry.settleAs(MODEL, '1.0.0', { state: 'validated', validated });
  await call('POST', `/v1/models/${MODEL}/versions/1.0.0/publish`, { who: 'acme' });
};

/** What a call by the account comes to: its entitlement, or the refusal's code. */
const useAs = (who: string | undefined) =>
  published
    .resolve({ model: MODEL, reference: undefined, accountId: who && `acc_${who}`, toUse: true })
    .then(({ entitlement }) => entitlement?.kind)
    .catch(({ code }) => code);
const ask = (who: string, body: object = {}) => call('POST', requests, { who, body: { reason: 'A study', ...body } });
const decide = (verb: string, body: object = {}, who = 'globex', by = 'acme') =>
  call('POST', `${requests}/acc_${who}/${verb}`, { who: by, body });

beforeEach(() => {
  registry = memoryRegistry();
  call = registryApi(registry);
  let clockMs = 0;
  // Nothing of an earlier answer is kept.
  published = publishedModels({ ...registry, clock: () => (clockMs += 10_000) });
});

describe('a gated model', () => {
  beforeEach(() => publish('gated'));

  it('is seen by all, and called by its owner alone', async () => {
    expect((await call('GET', `/v1/models/${MODEL}`)).body).toMatchObject({ visibility: 'gated' });
    const looked = await published.resolve({ model: MODEL, reference: undefined, accountId: undefined });
    expect(looked.version).toBe('1.0.0');
    expect(await useAs('acme')).toBe('own');
    expect(await useAs(undefined)).toBe('unauthenticated');
    expect(await useAs('globex')).toBe('access_required');
  });

  it('is opened by a request that is approved, and closed again; both sides are told of each step', async () => {
    const asked = await ask('globex');
    expect(asked).toMatchObject({ status: 201, body: { state: 'pending', via: 'request', reason: 'A study' } });
    expect(await useAs('globex')).toBe('access_pending');
    expect((await ask('globex', { reason: 'Another' })).body.code).toBe('access_request_open');

    expect((await decide('approve', { message: 'Welcome' })).body).toMatchObject({
      state: 'approved',
      message: 'Welcome',
    });
    expect(await useAs('globex')).toBe('approved');
    expect((await decide('approve')).status).toBe(200);
    expect((await decide('reject', { message: 'no' })).body.code).toBe('access_state_forbids');

    expect((await decide('revoke', { message: 'The study is over' })).body.state).toBe('revoked');
    expect(await useAs('globex')).toBe('access_revoked');
    expect(registry.events.filter((event) => event.startsWith('Access'))).toEqual([
      `AccessRequested.v1 ${MODEL} acc_globex`,
      `AccessApproved.v1 ${MODEL} acc_globex`,
      `AccessRevoked.v1 ${MODEL} acc_globex`,
    ]);
  });

  it('tells a rejected account the publisher’s words, and how to ask again', async () => {
    await ask('globex');
    expect((await decide('reject')).status).toBe(422);
    await decide('reject', { message: 'Tell us who you are' });
    const refusal = await published
      .resolve({ model: MODEL, reference: undefined, accountId: 'acc_globex', toUse: true })
      .catch((fault) => fault);
    expect(refusal.message).toContain('Tell us who you are');
    expect(refusal.extras.links).toEqual([{ rel: 'mend', method: 'POST', href: requests }]);
    expect((await ask('globex', { reason: '  a STUDY ' })).body.code).toBe('access_request_too_soon');
    expect((await ask('globex', { reason: 'We are Globex' })).body.state).toBe('pending');
  });

  it('tells requests to their two sides alone', async () => {
    await ask('globex');
    await ask('initech');
    const list = async (who: string, query = '') => {
      const { body } = await call('GET', requests, { who, query });
      return body.items.map((item: { account: { id: string } }) => item.account.id);
    };
    await decide('reject', { message: 'no' }, 'initech');
    expect(await list('acme')).toEqual(['acc_globex', 'acc_initech']);
    expect(await list('acme', 'state=pending')).toEqual(['acc_globex']);
    expect(await list('globex')).toEqual(['acc_globex']);
    expect(await list('umbrella')).toEqual([]);
    const { body } = await call('GET', '/v1/access-requests', { who: 'globex' });
    expect(body.items).toMatchObject([{ model: MODEL, state: 'pending' }]);
    expect((await decide('approve', {}, 'globex', 'initech')).body.code).toBe('not_your_handle');
    expect((await decide('approve', {}, 'umbrella')).body.code).toBe('access_request_not_found');
  });

  it('hides itself from a key that is bound to others: it may neither ask nor decide', async () => {
    const change = { models: ['acme.other'] };
    const asked = await call('POST', requests, { who: 'globex', change, body: { reason: 'x' } });
    expect(asked.body.code).toBe('permission_denied');
    expect((await call('GET', requests, { who: 'globex' })).body.items).toEqual([]);
  });
});

describe('a private model', () => {
  beforeEach(() => publish('private'));

  it('is missing to all but those it is shared with', async () => {
    expect(await useAs('globex')).toBe('model_not_found');
    expect((await ask('globex')).body.code).toBe('model_not_found');
    const shared = await call('PUT', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
    expect(shared).toMatchObject({ status: 200, body: { account: { id: 'acc_globex' } } });
    expect(await useAs('globex')).toBe('shared');
    expect(await useAs('initech')).toBe('model_not_found');
    expect((await call('GET', `/v1/models/${MODEL}`, { who: 'globex' })).status).toBe(200);
    expect((await call('GET', `/v1/models/${MODEL}`, { who: 'globex', change: { models: ['acme.x'] } })).status).toBe(
      404,
    );
    expect((await call('GET', `/v1/models/${MODEL}/shares`, { who: 'acme' })).body.items).toHaveLength(1);

    expect((await call('DELETE', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' })).status).toBe(204);
    expect(await useAs('globex')).toBe('model_not_found');
    expect((await call('GET', `/v1/models/${MODEL}`, { who: 'globex' })).status).toBe(404);
    expect((await call('DELETE', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' })).body.code).toBe(
      'share_not_found',
    );
  });

  it('is shared with accounts that there are, and not with its owner', async () => {
    const share = async (grantee: string) =>
      (await call('PUT', `/v1/models/${MODEL}/shares/${grantee}`, { who: 'acme' })).body.code;
    expect(await share('nobody')).toBe('account_not_found');
    expect(await share('acme')).toBe('access_not_needed');
  });
});

describe('a share that the account does not want', () => {
  beforeEach(() => publish('private'));
  const share = () => call('PUT', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
  const decline = (who = 'globex', change = {}) => call('DELETE', `/v1/access-requests/${MODEL}`, { who, change });
  const isFound = async () => (await call('GET', '/v1/models', { who: 'globex', query: 'q=iris' })).body.items.length;

  it('is declined for good, and told to both sides once', async () => {
    await share();
    expect(await isFound()).toBe(1);
    expect([(await decline()).status, (await decline()).status]).toEqual([204, 204]);
    expect([await isFound(), await useAs('globex')]).toEqual([0, 'model_not_found']);
    expect(await share()).toMatchObject({ status: 409, body: { code: 'access_state_forbids' } });
    expect((await decide('approve')).body.code).toBe('access_state_forbids');
    const { items } = (await call('GET', '/v1/access-requests', { who: 'globex' })).body;
    expect(items).toMatchObject([{ model: MODEL, state: 'declined' }]);
    expect(registry.events.filter((event) => event.startsWith('AccessDeclined'))).toEqual([
      `AccessDeclined.v1 ${MODEL} acc_globex`,
    ]);
  });

  it('is asked for after all, though it is private, and given then', async () => {
    expect((await ask('globex')).body.code).toBe('model_not_found');
    await share();
    await decline();
    expect((await ask('globex')).status).toBe(201);
    expect((await decide('approve')).status).toBe(200);
    expect(await useAs('globex')).toBe('approved');
  });

  it('is nobody else’s to decline, and missing where there is none', async () => {
    expect((await decline()).body.code).toBe('access_request_not_found');
    await share();
    for (const answer of [await decline('initech'), await decline('globex', { models: ['globex.other'] })]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'access_request_not_found' } });
    }
    expect(await isFound()).toBe(1);
  });

  it('of a gated model is ended the same way, as is a request', async () => {
    await call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility: 'gated' } });
    await ask('globex');
    expect((await decline()).status).toBe(204);
    expect(await useAs('globex')).toBe('access_required');
    // What it took back itself may be asked for again at once, in the same words.
    expect((await ask('globex')).status).toBe(201);
  });
});

describe('a private model in searches', () => {
  beforeEach(() => publish('private'));

  const found = async (who: string | undefined, as: { query?: string; change?: object } = {}) => {
    const { body } = await call('GET', '/v1/models', { who, query: 'q=iris&facets=publisher', ...as });
    return [body.items.length, body.facets.publisher];
  };
  const [one, none] = [
    [1, [{ value: 'acme', count: 1 }]],
    [0, []],
  ] as const;

  it('is found by its owner and whom it is shared with, and by nobody else', async () => {
    expect(await found('globex')).toEqual(none);
    await call('PUT', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
    expect(await found('globex')).toEqual(one);
    expect(await found('globex', { query: 'q=iris&facets=publisher&visibility=public' })).toEqual(none);
    for (const who of ['initech', undefined]) expect(await found(who)).toEqual(none);
    // A key that is bound to another model sees it as a stranger does.
    expect(await found('globex', { change: { models: ['globex.other'] } })).toEqual(none);
    await call('DELETE', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
    expect(await found('globex')).toEqual(none);
    expect(await found('acme')).toEqual(one);
  });

  it('is not found by who only asked, nor once its share was ended meanwhile, whatever a list still says', async () => {
    await call('PUT', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
    const stale = [await registry.access.find(MODEL, 'acc_globex')].filter((one) => one !== undefined);
    const lagging = {
      ...registry.access,
      ofAccount: async function* () {
        yield* stale;
      },
    };
    await call('DELETE', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
    call = registryApi({ ...registry, access: lagging });
    expect((await found('globex'))[0]).toBe(0);
  });

  it('is told no more once it is deleted', async () => {
    await call('PUT', `/v1/models/${MODEL}/shares/globex`, { who: 'acme' });
    await call('DELETE', `/v1/models/${MODEL}`, { who: 'acme', query: `confirm=${MODEL}&reason=over` });
    expect(await found('globex')).toEqual(none);
  });
});

describe('terms', () => {
  const terms = `/v1/models/${MODEL}/terms`;
  const set = (version: string, text: string) => call('PUT', terms, { who: 'acme', body: { version, text } });
  const accept = (version: string) => call('POST', `${terms}/accept`, { who: 'globex', body: { version } });

  it('must be accepted before use, and anew when they change', async () => {
    await publish('public');
    expect(await useAs('globex')).toBe('public');
    expect((await set('1', 'Be kind')).body).toMatchObject({ version: '1', text: 'Be kind', accepted: false });
    expect(await useAs('globex')).toBe('terms_not_accepted');
    expect(await useAs(undefined)).toBe('unauthenticated');
    expect((await accept('2')).body.code).toBe('terms_version_mismatch');
    expect((await accept('1')).body).toMatchObject({ accepted: true, acceptance: { version: '1' } });
    expect(await useAs('globex')).toBe('public');

    expect((await set('1', 'Be rude')).body.code).toBe('terms_version_exists');
    await set('2', 'Be kinder');
    expect(await useAs('globex')).toBe('terms_not_accepted');
    expect((await call('GET', terms, { who: 'globex' })).body).toMatchObject({
      version: '2',
      accepted: false,
      acceptance: { version: '1' },
    });
    expect((await call('DELETE', terms, { who: 'acme' })).status).toBe(204);
    expect(await useAs('globex')).toBe('public');
    expect((await accept('2')).body.code).toBe('terms_not_found');
  });

  it('keep the text that a version was set with, though it is set again as an address with the same hash', async () => {
    await publish('public');
    const { sha256 } = (await set('1', 'Be kind')).body;
    await set('2', 'Be kinder');
    const again = { version: '1', url: 'https://example.com/terms', sha256 };
    const kept = { version: '1', text: 'Be kind', url: null };
    expect((await call('PUT', terms, { who: 'acme', body: again })).body).toMatchObject(kept);
    expect((await call('GET', terms)).body).toMatchObject(kept);
    expect((await set('2', 'Be rude')).body.code).toBe('terms_version_exists');
  });

  it('are accepted with the request for a gated model', async () => {
    await publish('gated');
    await set('1', 'Be kind');
    expect((await ask('globex')).body).toMatchObject({
      code: 'terms_not_accepted',
      links: [{ rel: 'mend', method: 'POST', href: `${terms}/accept` }],
    });
    expect((await ask('globex', { acceptTerms: '1' })).body.termsAccepted).toMatchObject({ version: '1' });
    await decide('approve');
    expect(await useAs('globex')).toBe('approved');
  });

  it.each([
    { why: 'neither text nor url', body: { version: '1' } },
    { why: 'a url without its hash', body: { version: '1', url: 'https://example.com/terms' } },
    { why: 'both', body: { version: '1', text: 'x', url: 'https://example.com/t', sha256: 'a'.repeat(64) } },
    { why: 'another scheme', body: { version: '1', url: 'http://example.com/t', sha256: 'a'.repeat(64) } },
  ])('are refused with $why', async ({ body }) => {
    await publish('public');
    expect((await call('PUT', terms, { who: 'acme', body })).status).toBe(422);
  });
});

it('the same reason may be given again after a pause', () => {
  const refused = { state: 'rejected', via: 'request', reason: 'A study', decidedAtMs: 1_000 } as const;
  const again = (nowMs: number) => requestGrant(refused, { reason: 'A study', by: { userId: 'usr_x', nowMs } }).state;
  expect(() => again(1_000 + ASK_AGAIN_MS - 1)).toThrow(/another than the one that was refused/);
  expect(again(1_000 + ASK_AGAIN_MS)).toBe('pending');
});
