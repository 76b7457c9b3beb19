// Collects what a forest asks and gives each question its slot among the codes and its rank (kernels/forest-questions.ts
// draws them).
import { executorBounds } from '../executor-bounds.ts';
import type { Parameter } from '../plan.ts';
import type { BranchNode } from './tree-source.ts';
import { need } from './unsupported.ts';

export interface Answer {
  readonly slot: number;
  readonly rank: number;
  /** Whether the node's `no` is on the left. */
  readonly swapped: boolean;
}

/** A node's question in one of two forms: v ≤ cut, or v is of a set. */
type Canonical =
  | { readonly kind: 'cut'; readonly cut: number; readonly nanLeft: boolean; readonly swapped: boolean }
  | {
      readonly kind: 'set';
      readonly truncates: boolean;
      readonly key: string;
      readonly values: readonly number[];
      readonly nanLeft: boolean;
      readonly swapped: boolean;
    };

interface Cuts {
  readonly values: Set<number>;
  sorted: number[];
  readonly ranks: Map<number, number>;
  /** Of NaN going right, and left; −1 where no node asks so. */
  slot: number;
  nanSlot: number;
}

interface Sets {
  readonly byKey: Map<string, { readonly values: readonly number[]; readonly nanLeft: boolean; slot: number }>;
}

export class ForestQuestions {
  readonly #double: boolean;
  readonly #cuts = new Map<number, Cuts>();
  readonly #sets = new Map<number, Sets>();

  /** @param double - whether values and thresholds are float64 */
  constructor(double: boolean) {
    this.#double = double;
  }

  ask(node: BranchNode): void {
    const canonical = this.#canonical(node);
    if (canonical.kind === 'set') {
      const asked = askedOf(node.feature, canonical.truncates);
      const sets = this.#sets.get(asked) ?? { byKey: new Map() };
      this.#sets.set(asked, sets);
      if (!sets.byKey.has(canonical.key)) {
        sets.byKey.set(canonical.key, { values: canonical.values, nanLeft: canonical.nanLeft, slot: -1 });
      }
      return;
    }
    const cuts = this.#cuts.get(node.feature) ?? {
      values: new Set(),
      sorted: [],
      ranks: new Map(),
      slot: -1,
      nanSlot: -1,
    };
    this.#cuts.set(node.feature, cuts);
    cuts.values.add(canonical.cut);
    if (canonical.nanLeft) cuts.nanSlot = 0;
    else cuts.slot = 0;
  }

  /** After the last question: numbers the slots. */
  settle(): { params: Record<string, Parameter>; slotCount: number; setCount: number } {
    let slotCount = 0;
    const features = [...this.#cuts.keys()].sort((a, b) => a - b);
    const cutStarts = [0];
    const cuts: number[] = [];
    for (const feature of features) {
      const one = this.#cuts.get(feature) as Cuts;
      one.sorted = [...one.values].sort((a, b) => a - b);
      need(one.sorted.length <= executorBounds.forestCuts, `a feature of ${one.sorted.length} thresholds`);
      for (const [rank, cut] of one.sorted.entries()) one.ranks.set(cut, rank);
      if (one.slot === 0) one.slot = slotCount++;
      if (one.nanSlot === 0) one.nanSlot = slotCount++;
      for (const cut of one.sorted) cuts.push(cut);
      cutStarts.push(cuts.length);
    }
    const slotsOf = (pick: (cuts: Cuts) => number) => Int32Array.from(features, (f) => pick(this.#cuts.get(f) as Cuts));
    const sets = this.#settleSets(slotCount);
    const floats = this.#double ? Float64Array : Float32Array;
    return {
      params: {
        features: Int32Array.from(features),
        cutStarts: Int32Array.from(cutStarts),
        cuts: floats.from(cuts),
        slots: slotsOf(({ slot }) => slot),
        nanSlots: slotsOf(({ nanSlot }) => nanSlot),
        ...sets.params,
      },
      slotCount: sets.slotCount,
      setCount: sets.setCount,
    };
  }

  answer(node: BranchNode): Answer {
    const canonical = this.#canonical(node);
    const { nanLeft, swapped } = canonical;
    if (canonical.kind === 'set') {
      const asked = askedOf(node.feature, canonical.truncates);
      const slot = this.#sets.get(asked)?.byKey.get(canonical.key)?.slot ?? -1;
      return { slot, rank: 0, swapped };
    }
    const cuts = this.#cuts.get(node.feature) as Cuts;
    return { slot: nanLeft ? cuts.nanSlot : cuts.slot, rank: cuts.ranks.get(canonical.cut) as number, swapped };
  }

  #settleSets(firstSlot: number): { params: Record<string, Parameter>; slotCount: number; setCount: number } {
    let slotCount = firstSlot;
    let memberCount = 0;
    const asked = [...this.#sets.keys()].sort((a, b) => a - b);
    const valueStarts = [0];
    const setStarts = [0];
    const memberStarts: number[] = [];
    const values: number[] = [];
    const slots: number[] = [];
    const nan: number[] = [];
    const members: Uint8Array[] = [];
    for (const one of asked) {
      const sets = [...(this.#sets.get(one) as Sets).byKey.values()];
      const all = [...new Set(sets.flatMap((set) => set.values))].sort((a, b) => a - b);
      need(sets.length * all.length <= executorBounds.constantElements, 'a feature of too many categories');
      memberStarts.push(memberCount);
      for (const set of sets) {
        set.slot = slotCount++;
        slots.push(set.slot);
        nan.push(set.nanLeft ? 1 : 0);
        const own = new Set(set.values);
        members.push(Uint8Array.from(all, (value) => (own.has(value) ? 1 : 0)));
        memberCount += all.length;
      }
      for (const value of all) values.push(value);
      valueStarts.push(values.length);
      setStarts.push(slots.length);
    }
    need(memberCount <= executorBounds.constantElements, 'too many categories');
    const matrix = new Uint8Array(memberCount);
    let at = 0;
    for (const row of members) {
      matrix.set(row, at);
      at += row.length;
    }
    const floats = this.#double ? Float64Array : Float32Array;
    return {
      params: {
        setFeatures: Int32Array.from(asked, (one) => one >> 1),
        truncates: Uint8Array.from(asked, (one) => one & 1),
        valueStarts: Int32Array.from(valueStarts),
        setValues: floats.from(values),
        setStarts: Int32Array.from(setStarts),
        setSlots: Int32Array.from(slots),
        setNan: Uint8Array.from(nan),
        memberStarts: Int32Array.from(memberStarts),
        members: matrix,
      },
      slotCount,
      setCount: slots.length,
    };
  }

  #canonical({ question, threshold, members, missingYes }: BranchNode): Canonical {
    const asksSet = question === 'MEMBER' || question === 'WHOLE_MEMBER';
    if (question === 'EQ' || question === 'NEQ' || asksSet) {
      const values = (asksSet ? members : [threshold]).map((value) => value + 0 || 0);
      need(
        values.every((value) => !Number.isNaN(value)),
        'a tree that asks for equality with NaN',
      );
      // NaN differs from everything, so NEQ sends it to `yes`, which is then on the right.
      const nanLeft = question !== 'NEQ' && missingYes;
      const key = `${nanLeft} ${[...new Set(values)].sort((a, b) => a - b).join(' ')}`;
      return { kind: 'set', truncates: question === 'WHOLE_MEMBER', key, values, nanLeft, swapped: question === 'NEQ' };
    }
    need(!Number.isNaN(threshold), 'a tree with a NaN threshold');
    const isStrict = question === 'LT' || question === 'GTE';
    need(!isStrict || threshold !== -Infinity, 'a tree that asks for less than −∞');
    const cut = (isStrict ? previousFloat(threshold, this.#double) : threshold) || 0;
    const swapped = question === 'GTE' || question === 'GT';
    return { kind: 'cut', cut, nanLeft: swapped ? !missingYes : missingYes, swapped };
  }
}

/** Sets that ask for values as they are and those that ask for whole ones are kept apart. */
const askedOf = (feature: number, truncates: boolean): number => feature * 2 + (truncates ? 1 : 0);

const floatBits = new Float32Array(1);
const wordBits = new Int32Array(floatBits.buffer);
const doubleBits = new Float64Array(1);
const longBits = new BigInt64Array(doubleBits.buffer);

/** The next float32, or float64, below. @param value - above −∞ */
export const previousFloat = (value: number, double: boolean): number => {
  if (value === 0) return double ? -Number.MIN_VALUE : -1.401298464324817e-45;
  if (double) {
    doubleBits[0] = value;
    longBits[0] = (longBits[0] as bigint) + (value > 0 ? -1n : 1n);
    return doubleBits[0] as number;
  }
  floatBits[0] = value;
  wordBits[0] = (wordBits[0] as number) + (value > 0 ? -1 : 1);
  return floatBits[0] as number;
};
