// Memory in which one row goes through a forest by WebAssembly (tools/forest-module/forest.wat): forests of float32
// thresholds whose trees are all filled up to one depth. Others, and batches, are left to the loops in forest-walk.ts.
//
//   ┌───────┬─────────┬───┬───────────┬──────┬────────────────┬─────────┬────────┐
//   │ codes │ nowhere │ x │ questions │ cuts │ keys, by fours │ weights │ leaves │
//   └───────┴─────────┴───┴───────────┴──────┴────────────────┴─────────┴────────┘
import { FORESTS_SLOT_BITS } from '../forest-form.ts';
import { floatsOf, integersOf, numberOf, textOf } from '../kernel.ts';
import type { PlainArray, Step } from '../plan.ts';
import { forestModule } from './forest-module.ts';
import { exportsOf, lazyModule, memoryOf, PAGE } from './web-assembly.ts';

export interface ForestArena {
  /** Of the row; where sets are asked for too, their codes are written here. */
  readonly codes: Int32Array;
  /** [trees, and some more], by `walk`. */
  readonly leaves: Int32Array;
  /** Writes the codes of the row that begins at `start`, but those of sets. */
  readonly ask: (x: PlainArray, start: number) => void;
  readonly walk: () => void;
  /** The sum over the leaves; undefined where more than one float32 for each leaf is to be brought together. */
  readonly sum: (() => number) | undefined;
}

/** Places in bytes: see the module's source. */
interface ForestExports {
  ask(x: number, question: number, end: number): void;
  walk(keys: number, treeBytes: number, depth: number, fours: number, leaves: number): void;
  sum(leaves: number, end: number, weights: number): number;
}

const CODES_BYTES = 4 << FORESTS_SLOT_BITS;
/** Where a code goes that nobody asks for. */
const NOWHERE = CODES_BYTES;
const FIRST_FREE = CODES_BYTES + 16;
const QUESTION_FIELDS = 5;
/** Levels of nodes: a filled tree of more is none that the compiler makes. */
const MAX_DEPTH = 20;

const moduleOf = lazyModule(forestModule);

/** @returns undefined where the forest is another, or there is no WebAssembly */
export const openForestArena = (step: Step): ForestArena | undefined => {
  const parts = partsOf(step);
  const module = parts && moduleOf();
  if (!module) return undefined;
  const { columns, slots, cuts, keys, weights, depth, treeCount, treeBytes, isSummed } = parts;
  let end = FIRST_FREE;
  const take = (bytes: number) => {
    end += Math.ceil(bytes / 16) * 16;
    return end - Math.ceil(bytes / 16) * 16;
  };
  const fours = Math.ceil(treeCount / 4);
  const [xAt, questionsAt] = [take(4 * columns), take(4 * QUESTION_FIELDS * parts.features.length)];
  const [cutsAt, keysAt] = [take(cuts.byteLength), take(4 * fours * treeBytes)];
  const [weightsAt, leavesAt] = [take(isSummed ? weights.byteLength : 0), take(16 * fours)];
  const pages = Math.ceil(end / PAGE);
  const memory = memoryOf(pages, pages);
  if (!memory) return undefined;
  const { buffer } = memory;
  new Float32Array(buffer, cutsAt).set(cuts);
  if (isSummed) new Float32Array(buffer, weightsAt).set(weights);
  const keysThere = new Int32Array(buffer, keysAt);
  // The low bits become a place: four bytes a code.
  for (let key = 0; key < keys.length; key++) keysThere[key] = (keys[key] as number) << 2;
  const questions = questionsOf(parts, cutsAt);
  new Int32Array(buffer, questionsAt).set(questions);
  const questionsEnd = questionsAt + questions.byteLength;
  const row = new Float32Array(buffer, xAt, columns);
  const { ask, walk, sum } = exportsOf<ForestExports>(module, { forest: { memory } });
  return {
    codes: new Int32Array(buffer, 0, slots),
    leaves: new Int32Array(buffer, leavesAt, 4 * fours),
    ask: (x, start) => {
      // Being stored rounds, as the runtime rounds what is no float32.
      for (let column = 0; column < columns; column++) row[column] = x[start + column] as number;
      ask(xAt, questionsAt, questionsEnd);
    },
    walk: () => walk(keysAt, treeBytes, depth, fours, leavesAt),
    sum: isSummed ? () => sum(leavesAt, leavesAt + 4 * treeCount, weightsAt) : undefined,
  };
};

type Parts = NonNullable<ReturnType<typeof partsOf>>;

/** What the module may read and write without looking: nothing in it checks a place. */
const partsOf = (step: Step) => {
  const cuts = floatsOf(step, 'cuts');
  const weights = floatsOf(step, 'weights');
  if (textOf(step, 'layout') !== 'filled' || !(cuts instanceof Float32Array)) return undefined;
  const keys = integersOf(step, 'keys');
  const [depth, treeCount] = [numberOf(step, 'depth'), numberOf(step, 'treeCount')];
  const [columns, slots, targets] = [numberOf(step, 'columns'), numberOf(step, 'slotCount'), numberOf(step, 'targets')];
  const [features, cutStarts] = [integersOf(step, 'features'), integersOf(step, 'cutStarts')];
  const [places, nanPlaces] = [integersOf(step, 'slots'), integersOf(step, 'nanSlots')];
  const isWhole =
    depth >= 1 &&
    depth <= MAX_DEPTH &&
    treeCount >= 1 &&
    keys.length === treeCount * (2 ** depth - 1) &&
    slots <= 1 << FORESTS_SLOT_BITS &&
    features.length >= 1 &&
    features.every((feature) => feature >= 0 && feature < columns) &&
    cutStarts.length === features.length + 1 &&
    cutStarts[0] === 0 &&
    cutStarts.at(-1) === cuts.length &&
    features.every((_, index) => (cutStarts[index] as number) < (cutStarts[index + 1] as number)) &&
    [places, nanPlaces].every(
      (all) => all.length === features.length && all.every((place) => place >= -1 && place < slots),
    ) &&
    keys.every((key) => (key << 2) >> 2 === key);
  if (!isWhole) return undefined;
  const aggregate = textOf(step, 'aggregate');
  const isSummed =
    targets === 1 &&
    (aggregate === 'SUM' || aggregate === 'AVERAGE') &&
    weights instanceof Float32Array &&
    weights.length === treeCount * 2 ** depth;
  const treeBytes = 4 * (2 ** depth - 1);
  return {
    ...{ columns, slots, features, cutStarts, cuts, places, nanPlaces },
    ...{ keys, depth, treeCount, treeBytes, weights, isSummed },
  };
};

/** [questions × 5]: see `ask` in the module's source. */
const questionsOf = ({ features, cutStarts, places, nanPlaces }: Parts, cutsAt: number): Int32Array => {
  const questions = new Int32Array(QUESTION_FIELDS * features.length);
  const placeOf = (place: number | undefined) => (place === undefined || place < 0 ? NOWHERE : 4 * place);
  for (let index = 0; index < features.length; index++) {
    const first = cutStarts[index] as number;
    const count = (cutStarts[index + 1] as number) - first;
    const at = [4 * (features[index] as number), cutsAt + 4 * first, count];
    questions.set([...at, placeOf(places[index]), placeOf(nanPlaces[index])], QUESTION_FIELDS * index);
  }
  return questions;
};
