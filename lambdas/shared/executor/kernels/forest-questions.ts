// What a row answers to all the questions a forest asks, found once per row instead of once per node.
//
// Every node asks either whether a feature is at most a threshold, or whether it is one of some values. The thresholds
// of a feature, sorted, cut its axis: a row's code is how many cuts lie below its value, and a node's question becomes
// `code ≤ rank`, on small integers, without a branch. A set's code is 0 for a member and 1 for others, its rank 0.
//
//   cuts of a feature      −1.5      0.25      0.5
//   codes              0    │    1    │    2    │    3        x ≤ 0.25  ⇔  code ≤ 1
//
// A feature has up to two codes: where NaN goes right it has the highest, where NaN goes left (a missing value that
// tracks true) the lowest.
import { bytesOf, floatsOf, integersOf } from '../kernel.ts';
import type { FloatArray, PlainArray, Step } from '../plan.ts';

/** Codes of one row. */
export type Ask = (x: PlainArray, rowStart: number, codes: Int32Array, codesStart: number) => void;

/** @param step - a forest: `features`, `cutStarts`, `cuts`, `slots`, `nanSlots` and those of `askSets` */
export const questionsOf = (step: Step): Ask => {
  const askCuts = cutQuestions(step);
  const askSets = setQuestions(step);
  if (!askSets) return askCuts;
  return (x, rowStart, codes, codesStart) => {
    askCuts(x, rowStart, codes, codesStart);
    askSets(x, rowStart, codes, codesStart);
  };
};

/**
 * `features` [questions] column of each; `cutStarts` [questions + 1] into `cuts`, ascending within a question;
 * `slots`, `nanSlots` [questions] where its code goes when NaN goes right, and left; −1: nowhere.
 */
const cutQuestions = (step: Step): Ask => {
  const features = integersOf(step, 'features');
  const cutStarts = integersOf(step, 'cutStarts');
  const cuts = floatsOf(step, 'cuts');
  const slots = integersOf(step, 'slots');
  const nanSlots = integersOf(step, 'nanSlots');
  // Integers are compared as the floats they become, as the runtime does.
  const round: (value: number) => number = cuts instanceof Float32Array ? Math.fround : (value) => value;
  return (x, rowStart, codes, codesStart) => {
    for (let question = 0; question < features.length; question++) {
      const value = round(x[rowStart + (features[question] as number)] as number);
      const first = cutStarts[question] as number;
      const end = cutStarts[question + 1] as number;
      const isNumber = !Number.isNaN(value);
      const code = isNumber ? countBelow(cuts, first, end, value) : end - first;
      const slot = slots[question] as number;
      const nanSlot = nanSlots[question] as number;
      if (slot >= 0) codes[codesStart + slot] = code;
      if (nanSlot >= 0) codes[codesStart + nanSlot] = isNumber ? code : 0;
    }
  };
};

/** How many of the ascending cuts from `first` to before `end` are below the value. */
const countBelow = (cuts: FloatArray, first: number, end: number, value: number): number => {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cuts[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low - first;
};

/**
 * `setFeatures` [questions] column of each; `truncates` [questions], 1 where its fraction is left out; `valueStarts` [questions + 1] into `setValues`, ascending: all values any of
 * the question's sets has; `setStarts` [questions + 1] into `setSlots` (where a set's code goes) and `setNan` (1: NaN
 * counts as a member); `members`, from `memberStarts` [questions] on, [sets × values], 1 where the set has the value.
 */
export const setQuestions = (step: Step): Ask | undefined => {
  const features = integersOf(step, 'setFeatures');
  if (features.length === 0) return undefined;
  const valueStarts = integersOf(step, 'valueStarts');
  const values = floatsOf(step, 'setValues');
  const setStarts = integersOf(step, 'setStarts');
  const truncates = bytesOf(step, 'truncates');
  const slots = integersOf(step, 'setSlots');
  const nan = bytesOf(step, 'setNan');
  const memberStarts = integersOf(step, 'memberStarts');
  const members = bytesOf(step, 'members');
  const round: (value: number) => number = values instanceof Float32Array ? Math.fround : (value) => value;
  return (x, rowStart, codes, codesStart) => {
    for (let question = 0; question < features.length; question++) {
      const given = round(x[rowStart + (features[question] as number)] as number);
      const value = truncates[question] === 1 ? Math.trunc(given) : given;
      const first = valueStarts[question] as number;
      const end = valueStarts[question + 1] as number;
      const setStart = setStarts[question] as number;
      const setEnd = setStarts[question + 1] as number;
      const found = countBelow(values, first, end, value);
      const isNumber = !Number.isNaN(value);
      const isMember = isNumber && first + found < end && values[first + found] === value;
      let member = (memberStarts[question] as number) + found;
      for (let set = setStart; set < setEnd; set++, member += end - first) {
        const holds = isNumber ? isMember && members[member] === 1 : nan[set] === 1;
        codes[codesStart + (slots[set] as number)] = holds ? 0 : 1;
      }
    }
  };
};
