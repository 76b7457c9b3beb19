// What one event must say, judged by nothing but itself. History is not rated again: its own rates, rows and share count.
import { isId } from '../../../shared/kernel/ids.ts';
import type { KeptEntry, KeptEvent } from '../kept.ts';
import { legsOf } from '../price.ts';
import { minuteOf, shardOf } from '../usage-key.ts';
import type { AuditCheck, Finding } from './checks.ts';

const placeText = (place: { accountId: string; minute: string; shard: number }) =>
  `${place.accountId}#${place.minute}#${place.shard}`;

export const checkEvent = (kept: KeptEvent): Finding[] => {
  const { id, accountId, event } = kept;
  const finding = (check: AuditCheck, expected: string, found: string): Finding => ({
    accountId,
    check,
    expected,
    found,
    at: id,
  });
  if (!event) return [finding('event_unreadable', 'every attribute of an event', kept.fault ?? 'none')];
  const findings: Finding[] = [];
  const place = isId('inf', id) && { accountId: event.accountId, minute: minuteOf(id), shard: shardOf(id) };
  if (!place || placeText(place) !== placeText(kept)) {
    findings.push(finding('event_place', place ? placeText(place) : 'an inference id', placeText(kept)));
  }
  const legs = legsOf(event, event.publisherShareBps);
  if (event.amountMicros !== -legs.consumer) {
    findings.push(finding('event_price', `${-legs.consumer} micros`, `${event.amountMicros} micros`));
  }
  const legsText = ({ consumer, publisher, platform, compute = 0n }: typeof legs) =>
    `${consumer} ${publisher} ${platform} ${compute}`;
  if (legsText(legs) !== legsText(event.legs)) {
    findings.push(finding('event_legs', `legs ${legsText(legs)}`, `legs ${legsText(event.legs)}`));
  }
  return findings;
};

export const checkEntry = (accountId: string, { id, entry, fault }: KeptEntry): Finding[] => {
  if (!entry) {
    const expected = 'every attribute of an entry';
    return [{ accountId, check: 'entry_unreadable', expected, found: fault ?? 'none', at: id }];
  }
  const { account, ...others } = entry.legs;
  const sum = Object.values(entry.legs).reduce((total, leg) => total + leg, 0n);
  if (sum === 0n && account === entry.amountMicros && Object.keys(others).length > 0) return [];
  const expected = `a leg of ${entry.amountMicros} for the account, and legs that sum to 0`;
  const found = Object.entries(entry.legs).map(([name, leg]) => `${name} ${leg}`);
  return [{ accountId, check: 'entry_legs', expected, found: `${found.join(', ')}: sum ${sum}`, at: id }];
};
