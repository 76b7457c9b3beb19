// Which version of a split alias a caller is given. Each target has a clock of its own per caller, which rings first with
// the probability of its share; so a target that falls out hands over its own callers only, to the rest by their shares.
import { createHash } from 'node:crypto';
import type { AliasSplit } from './ports/aliases.ts';

export interface SplitQuestion {
  readonly model: string;
  readonly alias: string;
  readonly split: AliasSplit;
  /** Who calls: the same caller gets the same answer while the split stays. */
  readonly caller: string;
}

/** @returns the versions that get callers, in the order in which this caller is given them; never empty */
export const targetsFor = ({ model, alias, split, caller }: SplitQuestion): readonly string[] => {
  const open = split.targets.filter(({ weight }) => weight > 0);
  if (open.length < 2) return open.map(({ version }) => version);
  return open
    .map(({ version, weight }) => ({
      version,
      // Exponentially distributed with the rate `weight`: the least of several is one's with the chance weight / sum.
      ringsAt: -Math.log(uniform([model, alias, split.moveCount, caller, version])) / weight,
    }))
    .sort((a, b) => a.ringsAt - b.ringsAt)
    .map(({ version }) => version);
};

const STEPS = 2 ** 48;

/** Between 0 and 1, neither of them. */
const uniform = (parts: readonly (string | number)[]): number => {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  return (digest.readUIntBE(0, 6) + 0.5) / STEPS;
};
