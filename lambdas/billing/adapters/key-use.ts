// A stored idempotency item → what stands under the key.
import * as z from 'zod/mini';
import { microsAttribute } from '../../shared/platform/attributes.ts';
import type { KeyUse } from '../ports.ts';

const whole = z.pipe(z.union([z.number(), z.bigint()]), z.transform(Number));

const storedUse = z.discriminatedUnion('use', [
  z.object({
    use: z.literal('call'),
    sk: z.string(),
    requestSha256: z.string(),
    inferenceId: z.string(),
    model: z.string(),
    version: z.string(),
    amountMicros: microsAttribute,
    replays: whole,
    firstAtMs: whole,
    expiresAt: whole,
  }),
  z.object({
    use: z.literal('grant'),
    requestSha256: z.string(),
    entryId: z.string(),
    accountId: z.string(),
    expiresAt: whole,
  }),
  z.object({
    use: z.literal('prices'),
    requestSha256: z.string(),
    priceBookVersion: whole,
    expiresAt: whole,
  }),
]);

export type StoredUse = z.output<typeof storedUse>;

export const parseUse = (item: unknown): StoredUse => storedUse.parse(item);

export const keyUseOf = (item: unknown): KeyUse => {
  const stored = parseUse(item);
  if (stored.use !== 'call') return { requestSha256: stored.requestSha256, call: undefined };
  const { sk: key, use: _use, expiresAt: _expiresAt, ...record } = stored;
  return { requestSha256: stored.requestSha256, call: { key, ...record } };
};
