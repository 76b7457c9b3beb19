// What the wallet holds beyond what it should, measured while calls go on.
//
//   entries ── the wallet ── markers ── events of open minutes ── the wallet again ── entries again
//
// Whatever was committed before the wallet's first reading is among the events read, and nothing committed after its
// second is; the same holds of entries the other way round. So the difference lies in a bracket, which is one number
// when nothing came in between. Looks are repeated until two in a row say "even" or three say "off".
import { periodOf } from '../../../shared/kernel/period.ts';
import type { AuditReads, EventStore, OpenPeriods, UsageStore } from '../../ports.ts';
import type { AuditedWallet, KeptEntry, KeptEvent } from '../kept.ts';

const MAX_LOOKS = 16;
const LOOKS_TO_BELIEVE = { even: 2, off: 3 };
/** A transaction shows in one item before it shows in another for milliseconds. */
const PAUSE_MS = 150;
const AT_ONCE = 8;
/** Minutes that were opened and sealed since the audit began have sums, and none is older than this. */
const RECENT_MS = 600_000;

export interface WeighPorts {
  readonly audit: Pick<AuditReads, 'wallet' | 'entries'>;
  readonly open: Pick<OpenPeriods, 'list'>;
  readonly usage: Pick<UsageStore, 'sums'>;
  readonly events: Pick<EventStore, 'ofMinute'>;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Sealed {
  /** What the last seal closed with. */
  readonly closingMicros: bigint;
  /** From then on entries count. */
  readonly fromMs: number;
  /** Minutes whose events are summed already, and that sum. */
  readonly minutes: ReadonlySet<string>;
  readonly debitsMicros: bigint;
  /** Minutes that were open when the others were closed. */
  readonly openMinutes: readonly string[];
  readonly nowMs: number;
}

export interface Weighed {
  readonly wallet: AuditedWallet | undefined;
  readonly entries: readonly KeptEntry[];
  readonly openEvents: readonly KeptEvent[];
  /** Markers at the last look. */
  readonly marked: ReadonlySet<string>;
  /** What the wallet holds, and what it should, the credit limit left out. */
  readonly ownMicros: bigint;
  readonly derivedMicros: bigint;
  /** Surely wrong by this much; 0 when it may be right. */
  readonly offMicros: bigint;
  /** How wide the bracket is that the difference may hide in: 0 unless calls came without a pause. */
  readonly undecidedMicros: bigint;
}

interface Look extends Omit<Weighed, 'offMicros' | 'undecidedMicros'> {
  readonly lowMicros: bigint;
  readonly highMicros: bigint;
}

const ownOf = (wallet: AuditedWallet | undefined): bigint => (wallet ? wallet.avail - wallet.creditLimit : 0n);

const amountOf = ({ entry }: KeptEntry): bigint => entry?.amountMicros ?? 0n;
const sumOf = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);

const look = async (ports: WeighPorts, accountId: string, sealed: Sealed): Promise<Look> => {
  const entries = await ports.audit.entries(accountId, sealed.fromMs);
  const before = await ports.audit.wallet(accountId);
  const marked = new Set(await ports.open.list(accountId));
  const recent = periodOf(sealed.nowMs - RECENT_MS, 'minute');
  const lately = await ports.usage.sums(accountId, 'minute', recent, '9999');
  const minutes = new Set([
    ...sealed.openMinutes,
    ...[...marked].filter((period) => period.length === recent.length),
    ...lately.map(({ period }) => period),
  ]);
  const openEvents: KeptEvent[] = [];
  const unsealed = [...minutes].filter((one) => !sealed.minutes.has(one)).sort();
  for (let start = 0; start < unsealed.length; start += AT_ONCE) {
    const some = unsealed.slice(start, start + AT_ONCE);
    openEvents.push(...(await Promise.all(some.map((minute) => ports.events.ofMinute(accountId, minute)))).flat());
  }
  const wallet = await ports.audit.wallet(accountId);
  const entriesAfter = await ports.audit.entries(accountId, sealed.fromMs);
  const known = new Set(entries.map(({ id }) => id));
  const came = entriesAfter.filter(({ id }) => !known.has(id)).map(amountOf);
  const taken = sealed.debitsMicros + sumOf(openEvents.map(({ event }) => event?.amountMicros ?? 0n));
  const derivedMicros = sealed.closingMicros + sumOf(entries.map(amountOf)) - taken;
  return {
    wallet,
    entries: entriesAfter,
    openEvents,
    marked,
    ownMicros: ownOf(wallet),
    derivedMicros,
    lowMicros: ownOf(wallet) - derivedMicros - sumOf(came.filter((amount) => amount > 0n)),
    highMicros: ownOf(before) - derivedMicros - sumOf(came.filter((amount) => amount < 0n)),
  };
};

export const weighBalance = async (ports: WeighPorts, accountId: string, sealed: Sealed): Promise<Weighed> => {
  let last = await look(ports, accountId, sealed);
  const [lows, highs] = [[last.lowMicros], [last.highMicros]];
  const inRow = { even: 0, off: 0 };
  for (let lookCount = 1; ; lookCount++) {
    const { lowMicros, highMicros } = last;
    inRow.off = lowMicros > 0n || highMicros < 0n ? inRow.off + 1 : 0;
    inRow.even = lowMicros === 0n && highMicros === 0n ? inRow.even + 1 : 0;
    if (inRow.even === LOOKS_TO_BELIEVE.even) return { ...last, offMicros: 0n, undecidedMicros: 0n };
    if (inRow.off === LOOKS_TO_BELIEVE.off) {
      return { ...last, offMicros: lowMicros > 0n ? lowMicros : highMicros, undecidedMicros: highMicros - lowMicros };
    }
    if (lookCount === MAX_LOOKS) break;
    await ports.sleep(PAUSE_MS);
    last = await look(ports, accountId, sealed);
    lows.push(last.lowMicros);
    highs.push(last.highMicros);
  }
  const [low, high] = [secondOf(lows, (a, b) => b - a), secondOf(highs, (a, b) => a - b)];
  const offMicros = low > 0n ? low : high < 0n ? high : 0n;
  return { ...last, offMicros, undecidedMicros: high > low ? high - low : 0n };
};

/**
 * The difference is a constant, so it lies in what the brackets share. The narrowest bound is left out: one look may
 * have seen a transaction half.
 */
const secondOf = (bounds: readonly bigint[], order: (a: bigint, b: bigint) => bigint): bigint => {
  const sorted = [...bounds].sort((a, b) => Number(order(a, b) > 0n) - Number(order(a, b) < 0n));
  return sorted[1] ?? sorted[0] ?? 0n;
};
