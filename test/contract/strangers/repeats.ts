// The rightful request with an idempotency key, then the key once more: by the same caller with the same request and
// with another one, and by somebody else, who has keys of their own.
import { rightful } from './credentials.ts';
import type { Case } from './judge.ts';
import { type Route, refusedAnyway } from './samples.ts';
import type { Stage } from './stage.ts';

/** To be asked in this order. The first is the rightful request, whatever the route. */
export const repeatsOf = (route: Route, stage: Stage, expected: NonNullable<Case['expected']>): Case[] => {
  const { operation, spec } = route;
  const plain = rightful(route, stage);
  if (!spec.idempotent || refusedAnyway[route.name])
    return [{ stranger: 'the rightful caller', operation, call: plain, expected }];
  const call = { ...plain, headers: { ...plain.headers, 'idempotency-key': `strangers-${route.name}` } };
  const reused = { statuses: [422], codes: ['idempotency_key_reused' as const] };
  const body = Buffer.concat([Buffer.from(call.body ?? '{}'), Buffer.from(' ')]);
  const cases: Case[] = [
    { stranger: 'the rightful caller', operation, call, expected },
    { stranger: 'the same request again', operation, call, expected },
    { stranger: 'another request under a used idempotency key', operation, call: { ...call, body }, expected: reused },
  ];
  if (spec.auth === 'operator') return cases;
  // Whatever else may be wrong with it: to them, the key is new.
  const others = { ...call, body, headers: { ...call.headers, authorization: `Bearer ${stage.other.token}` } };
  return [
    ...cases,
    {
      stranger: 'another tenant under the same idempotency key',
      operation,
      call: others,
      expected: { statuses: [200, 201, 403, 404] },
    },
  ];
};
