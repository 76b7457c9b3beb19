// What a seed's callers do, decided before anything runs: the same seed, the same plan.
import type { ModelPrice } from '../../lambdas/billing/contract.ts';
import { fraction } from '../support/faults.ts';

/**
 * `hot` has more than it can spend and most of the calls; `poor` runs out of money again and again; `free` never had
 * any and calls free models; `owner` calls a model of its own; `steady` has a few of every kind.
 */
export const accountNames = ['hot', 'poor', 'free', 'owner', 'steady'] as const;
export type AccountName = (typeof accountNames)[number];

export const openingMicros: Record<AccountName, bigint> = {
  hot: 1_000_000n,
  poor: 1_500n,
  free: 0n,
  owner: 100_000n,
  steady: 50_000n,
};

export interface PlannedModel {
  readonly name: string;
  readonly owner: AccountName | 'publisher';
  readonly price: ModelPrice;
}

const paid: PlannedModel = {
  name: 'acme.iris',
  owner: 'publisher',
  price: { perCallMicros: '200', perRowMicros: '10', version: 1 },
};
const fractional: PlannedModel = {
  name: 'acme.wine',
  owner: 'publisher',
  price: { perCallMicros: '0.4', perRowMicros: '0.333333', version: 7 },
};
const gratis: PlannedModel = {
  name: 'acme.free',
  owner: 'publisher',
  price: { perCallMicros: '0', perRowMicros: '0', version: 2 },
};
const own: PlannedModel = {
  name: 'own.model',
  owner: 'owner',
  price: { perCallMicros: '230', perRowMicros: '1', version: 1 },
};

/** Cumulative shares, and what each account calls. */
const mix: readonly { readonly to: number; readonly account: AccountName; readonly models: readonly PlannedModel[] }[] =
  [
    { to: 0.45, account: 'hot', models: [paid, fractional] },
    { to: 0.65, account: 'poor', models: [paid] },
    { to: 0.77, account: 'free', models: [gratis] },
    { to: 0.87, account: 'owner', models: [own] },
    { to: 1, account: 'steady', models: [paid, fractional, gratis] },
  ];

export const isFree = (model: PlannedModel): boolean =>
  model.price.perCallMicros === '0' && model.price.perRowMicros === '0';

export interface PlannedCall {
  readonly index: number;
  readonly account: AccountName;
  readonly model: PlannedModel;
  readonly rowCount: number;
  readonly keyId: string | undefined;
  readonly key: string | undefined;
  /** Calls with another body under one key are another request. */
  readonly requestSha256: string;
  /** Which of the environments answers it; those of `lagging` have a late clock. */
  readonly environment: number;
  readonly lagging: boolean;
  /** An environment of its own that dies at its so-many-th await. */
  readonly crashesAt: number | undefined;
  /** Its model runs while a minute passes. */
  readonly slow: boolean;
}

export interface PlannedGrant {
  readonly account: AccountName;
  readonly amountMicros: bigint;
  readonly key: string;
  /** Granted when that many calls are done. */
  readonly afterCalls: number;
}

export interface Plan {
  readonly seed: number;
  readonly calls: readonly PlannedCall[];
  readonly grants: readonly PlannedGrant[];
  /** The clock jumps when that many calls are done. */
  readonly jumps: readonly number[];
}

const CRASH_SHARE = 0.14;
const SLOW_SHARE = 0.03;
const KEY_SHARE = 0.6;
/** Of the calls with a key: those that use an earlier one again, and those that do so for another request. */
const REUSE_SHARE = 0.3;
const OTHER_BODY_SHARE = 0.15;
const LAST_CRASH_POINT = 22;

export const ENVIRONMENT_COUNT = 8;
const JUMP_COUNT = 6;
/** Too few for `poor` to pay for all that it calls. */
const CALLS_A_GRANT = 48;

const digest = (letter: string) => letter.repeat(64);

/** @param callCount - 1 or more */
export const planOf = (seed: number, callCount: number): Plan => {
  const keysOf = new Map<string, { key: string; model: PlannedModel; rowCount: number }[]>();
  const at = (what: string, index: number) => fraction(seed, 'plan', what, index);
  const call = (_: unknown, index: number): PlannedCall => {
    const share = at('account', index);
    const { account, models } = mix.find(({ to }) => share < to) ?? (mix[0] as (typeof mix)[number]);
    const keys = keysOf.get(account) ?? [];
    keysOf.set(account, keys);
    const keyed = at('keyed', index) < KEY_SHARE;
    const reused = keyed && at('reuse', index) < REUSE_SHARE ? choose(keys, at('which key', index)) : undefined;
    const model = reused?.model ?? (choose(models, at('model', index)) as PlannedModel);
    const rowCount = reused?.rowCount ?? Math.floor(at('rows', index) * 5);
    const key = keyed ? (reused?.key ?? `key-${index}`) : undefined;
    if (key !== undefined && !reused) keys.push({ key, model, rowCount });
    const otherBody = reused !== undefined && at('other body', index) < OTHER_BODY_SHARE;
    return {
      index,
      account,
      model,
      rowCount,
      keyId: at('key id', index) < 0.5 ? 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0' : undefined,
      key,
      requestSha256: digest(otherBody ? 'b' : 'a'),
      environment: Math.floor(at('environment', index) * ENVIRONMENT_COUNT),
      lagging: !isFree(model) && at('lagging', index) < 0.2,
      crashesAt: at('crash', index) < CRASH_SHARE ? Math.floor(at('crash point', index) * LAST_CRASH_POINT) : undefined,
      slow: at('slow', index) < SLOW_SHARE,
    };
  };
  const grantCount = Math.ceil(callCount / CALLS_A_GRANT);
  return {
    seed,
    calls: Array.from({ length: callCount }, call),
    grants: Array.from({ length: grantCount }, (_, index) => ({
      account: at('grantee', index) < 0.6 ? 'poor' : 'hot',
      amountMicros: BigInt(1 + Math.floor(at('grant', index) * 1_200)),
      key: `grant-${index}`,
      afterCalls: Math.floor(((index + 0.5) / grantCount) * callCount),
    })),
    jumps: Array.from({ length: JUMP_COUNT }, (_, index) => Math.floor(((index + 1) / (JUMP_COUNT + 1)) * callCount)),
  };
};

const choose = <T>(from: readonly T[], at: number): T | undefined => from[Math.floor(at * from.length)];
