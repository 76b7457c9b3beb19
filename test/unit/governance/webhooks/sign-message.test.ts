// Messages are held against the public library that customers verify them with.
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signMessage } from '../../../../lambdas/governance/adapters/sign-message.ts';
import { newWebhookSecret } from '../../../../lambdas/governance/routes/new-webhook-secret.ts';

const body = '{"type":"version.validated","timestamp":"2026-11-23T20:46:00.000Z","data":{"é":"✓"}}';
const secret = newWebhookSecret();
const sign = (secrets = [secret], nowMs = Date.now()) => signMessage({ id: 'evt_1', body, secrets, nowMs });
const verify = (headers: Readonly<Record<string, string>>, text = body, by = secret) =>
  new Webhook(by).verify(text, { ...headers });

describe('a signed message', () => {
  it('is verified by the public library', () => {
    expect(verify(sign())).toEqual(JSON.parse(body));
  });

  it('is the very one of the specification’s example', () => {
    const headers = signMessage({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      nowMs: 1_614_265_330_000,
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it.each<[string, (headers: Record<string, string>) => [Record<string, string>, string]]>([
    ['body', (headers) => [headers, body.replace('validated', 'rejected')]],
    ['id', (headers) => [{ ...headers, 'webhook-id': 'evt_2' }, body]],
    ['time', (headers) => [{ ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 1) }, body]],
  ])('is refused with another %s', (_what, spoil) => {
    expect(() => verify(...spoil({ ...sign() }))).toThrow('No matching signature');
  });

  it('is refused once it is old, and before its time', () => {
    for (const minutes of [-6, 6]) expect(() => verify(sign([secret], Date.now() + minutes * 60_000))).toThrow('too');
  });

  it('is verified by each of the secrets in force, and by no other', () => {
    const [old, other] = [newWebhookSecret(), newWebhookSecret()];
    const headers = sign([secret, old]);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const by of [secret, old]) expect(verify(headers, body, by)).toEqual(JSON.parse(body));
    expect(() => verify(headers, body, other)).toThrow('No matching signature');
  });
});
