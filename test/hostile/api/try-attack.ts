// One attack through the public API: uploaded, waited for, and, if it is let through, published and called. What must
// hold is told as faults; none is what is hoped for.
import type { Answer } from '../../support/person.ts';
import { submitModel } from '../../support/publish.ts';
import type { Attack, HostileCall } from '../attack.ts';
import { leakedBytes } from '../canaries.ts';
import { type HostilePlace, PRICE_MICROS } from './place.ts';

export interface Tried {
  readonly attack: Attack;
  readonly outcome: 'rejected' | 'contained';
  /** The rule that rejected it. */
  readonly rule: string | undefined;
  readonly faults: readonly string[];
  readonly leaked: number;
  /** Calls charged that had failed, or not charged that were answered. */
  readonly wrongChargeCount: number;
  readonly callCount: number;
}

/** The function dies at 29 s, the gateway gives up at 30. */
const DEADLINE_MS = 30_000;
const price = { perCallMicros: String(PRICE_MICROS), perRowMicros: '0' };

const seenOf = ({ headers, body }: Answer): number =>
  leakedBytes(JSON.stringify([...headers])) + leakedBytes(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null));

/** @returns what became of one call, and what is wrong with it */
const callOnce = async (place: HostilePlace, name: string, call: HostileCall) => {
  const { inputs, outputs, ends } = call;
  const before = await place.balance();
  const startedMs = performance.now();
  const answer = await place.consumer.byKey('POST', `/v2/models/${name}/infer`, {
    inputs,
    ...(outputs ? { outputs: outputs.map((output) => ({ name: output })) } : {}),
  });
  const tookMs = performance.now() - startedMs;
  const charged = before - (await place.balance());
  const faults: string[] = [];
  const end = answer.status === 200 ? 'answered' : String(answer.body?.code);
  // By then three of its runs may have failed: that it is quarantined is one of the ways to hold it.
  const allowed: readonly string[] = [...ends, 'version_quarantined'];
  if (!allowed.includes(end))
    faults.push(`${call.why}: ended in ${answer.status} ${end}, allowed ${allowed.join(', ')}`);
  if (tookMs > DEADLINE_MS) faults.push(`${call.why}: took ${Math.round(tookMs)} ms`);
  const expected = answer.status === 200 ? PRICE_MICROS : 0n;
  if (charged !== expected) faults.push(`${call.why}: ${end} was charged ${charged}, expected ${expected}`);
  return { faults, leaked: seenOf(answer), wrong: charged === expected ? 0 : 1 };
};

const serve = async (place: HostilePlace, attack: Attack, name: string) => {
  const published = await place.publisher.byKey('POST', `/v1/models/${name}/versions/1.0.0/publish`);
  const faults = published.status === 200 ? [] : [`could not be published: ${published.status}`];
  let [leaked, wrongChargeCount] = [0, 0];
  for (const call of attack.calls ?? []) {
    const one = await callOnce(place, name, call);
    faults.push(...one.faults);
    leaked += one.leaked;
    wrongChargeCount += one.wrong;
  }
  return { faults, leaked, wrongChargeCount, callCount: attack.calls?.length ?? 0 };
};

export const tryAttack = async (place: HostilePlace, attack: Attack): Promise<Tried> => {
  const name = `${place.handle}.${attack.name}`;
  const version = await submitModel(place.publisher, { name, bytes: attack.make(), price });
  const told = leakedBytes(JSON.stringify(version));
  const rule: string | undefined = version.rejection?.rule;
  if (version.state === 'rejected') {
    const isExpected = attack.rules?.some((one) => one === rule) ?? false;
    const faults = isExpected
      ? []
      : [`was rejected by ${rule}, expected ${attack.rules?.join(', ') ?? 'to be served'}`];
    return { attack, outcome: 'rejected', rule, faults, leaked: told, wrongChargeCount: 0, callCount: 0 };
  }
  const served = await serve(place, attack, name);
  const faults = attack.rules ? [`was ${version.state}, expected ${attack.rules.join(', ')}`] : [];
  return {
    attack,
    outcome: 'contained',
    rule,
    ...served,
    faults: [...faults, ...served.faults],
    leaked: told + served.leaked,
  };
};
