// What a subscriber keeps until its period ends: though new terms are set, and though the model is deleted.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { registryApi } from '../../support/registry-api.ts';
import { memoryDownloads } from './memory-downloads.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

const MODEL = 'acme.iris';
const path = `/v1/models/${MODEL}`;
const MONTH_MS = 32 * 86_400_000;

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;
let subscription: string;

const setTerms = (version: string) =>
  call('PUT', `${path}/terms`, { who: 'acme', body: { version, text: `Terms ${version}` } });
const accept = (version: string) => call('POST', `${path}/terms/accept`, { who: 'globex', body: { version } });
const remove = () => call('DELETE', path, { who: 'acme', query: `confirm=${MODEL}&reason=over` });
const use = (who = 'globex', skewMs = 0) =>
  publishedModels({ ...registry, clock: () => Date.now() + skewMs })
    .resolve({ model: MODEL, reference: undefined, accountId: `acc_${who}`, toUse: true })
    .then(({ entitlement }) => entitlement?.kind)
    .catch(({ code }) => code);

beforeEach(async () => {
  registry = memoryRegistry();
  call = registryApi({ ...registry, ...memoryDownloads() });
  await publishInMemory(registry, call, { name: MODEL, more: { downloads: 'allowed' } });
  await setTerms('1');
  await accept('1');
  const made = { name: 'Team', kind: 'perCall', perCallMicros: '50' };
  const offer = await call('POST', `${path}/offers`, { who: 'acme', body: made });
  const body = { model: MODEL, offerId: offer.body.id };
  subscription = (await call('POST', '/v1/subscriptions', { who: 'globex', body })).body.id;
});

afterEach(() => vi.restoreAllMocks());

describe('a subscriber, when new terms are set', () => {
  it('goes on without them until its period ends; others are asked at once', async () => {
    await call('POST', `${path}/terms/accept`, { who: 'initech', body: { version: '1' } });
    await setTerms('2');
    expect([await use(), await use('initech')]).toEqual(['subscribed', 'terms_not_accepted']);
    expect(await use('globex', MONTH_MS)).toBe('terms_not_accepted');
    expect((await accept('2')).body).toMatchObject({ accepted: true, acceptance: { version: '2' } });
    expect(await use('globex', MONTH_MS)).toBe('subscribed');
  });

  it('has not accepted them, and is told so', async () => {
    await setTerms('2');
    const told = await call('GET', `${path}/terms`, { who: 'globex' });
    expect(told.body).toMatchObject({ version: '2', accepted: false, acceptance: { version: '1' } });
    expect((await call('GET', path)).body.terms).toEqual({ version: '2', sha256: told.body.sha256 });
  });
});

describe('a deleted model', () => {
  it('answers its subscriber with its page, card, terms, offers and files, and nobody else', async () => {
    await call('PUT', `${path}/card`, { who: 'acme', body: { text: '# Iris\n' } });
    await remove();
    const pages = ['', '/card', '/terms', '/offers', '/versions', '/versions/1.0.0', '/versions/1.0.0/files'];
    for (const page of pages) {
      const statusFor = async (who: string | undefined) => (await call('GET', `${path}${page}`, { who })).status;
      expect([page, await statusFor('globex'), await statusFor('initech'), await statusFor(undefined)]).toEqual([
        page,
        200,
        404,
        404,
      ]);
    }
    const file = `${path}/versions/1.0.0/files/model.onnx`;
    expect((await call('GET', file, { who: 'globex' })).status).toBe(302);
    expect(await use()).toBe('subscribed');
  });

  it('lets whoever was asked for terms accept them, so that the mend named is one', async () => {
    await setTerms('2');
    await remove();
    expect((await accept('2')).body).toMatchObject({ accepted: true });
  });

  it('gives no file to who has subscribed and does so no more', async () => {
    const cancelled = await call('POST', `/v1/subscriptions/${subscription}/cancel`, { who: 'globex' });
    await remove();
    const endMs = Date.parse(cancelled.body.endsAt);
    vi.spyOn(Date, 'now').mockReturnValue(endMs);
    expect((await call('GET', path, { who: 'globex' })).status).toBe(200);
    const file = await call('GET', `${path}/versions/1.0.0/files/model.onnx`, { who: 'globex' });
    expect([file.body.code, await use()]).toEqual(['model_not_found', 'model_not_found']);
  });

  it.each([
    { what: 'new terms', method: 'PUT', at: '/terms', body: { version: '2', text: 'Be kinder' } },
    { what: 'no terms', method: 'DELETE', at: '/terms' },
    { what: 'another offer', method: 'POST', at: '/offers', body: { name: 'Other', kind: 'free' } },
    { what: 'an alias', method: 'PUT', at: '/aliases/stable', body: { targets: [{ version: '1.0.0', weight: 100 }] } },
    { what: 'an alias as it was', method: 'POST', at: '/aliases/latest/rollback' },
    { what: 'no alias', method: 'DELETE', at: '/aliases/stable' },
    { what: 'a card', method: 'PUT', at: '/card', body: { text: '# Iris\n' } },
  ])('takes $what no more', async ({ method, at, body }) => {
    await remove();
    const answer = await call(method, `${path}${at}`, { who: 'acme', body });
    expect(answer).toMatchObject({ status: 409, body: { code: 'model_withdrawn' } });
  });

  it('takes neither a change nor the end of an offer', async () => {
    const { body } = await call('GET', `${path}/offers`);
    const offer = `${path}/offers/${body.items[0].id}`;
    await remove();
    const version = { kind: 'perCall', perCallMicros: '90' };
    const changed = await call('POST', `${offer}/versions`, { who: 'acme', body: version });
    const closed = await call('PATCH', offer, { who: 'acme', body: { state: 'closed' } });
    expect([changed.body.code, closed.body.code]).toEqual(['model_withdrawn', 'model_withdrawn']);
  });
});
