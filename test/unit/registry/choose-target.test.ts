import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetsFor } from '../../../lambdas/registry/choose-target.ts';
import type { AliasSplit, AliasTarget } from '../../../lambdas/registry/ports/aliases.ts';

const canary: AliasSplit = {
  targets: [
    { version: '1.0.0', weight: 90 },
    { version: '1.1.0', weight: 10 },
  ],
  moveCount: 1,
};
const choose = (split: AliasSplit, caller: string) =>
  targetsFor({ model: 'acme.iris', alias: 'stable', split, caller })[0];
const callers = Array.from({ length: 2_000 }, (_, index) => `acc_${String(index).padStart(26, '0')}`);
const countOf = (split: AliasSplit, version: string, all = callers) =>
  all.filter((caller) => choose(split, caller) === version).length;

/** Distance from the expected count, in standard deviations of a binomial distribution. */
const sigmas = (count: number, total: number, share: number) =>
  Math.abs(count - total * share) / Math.sqrt(total * share * (1 - share));

describe('callers of a split alias', () => {
  it('are shared out by the weights: 90/10 within 3 σ over 2,000 of them', () => {
    expect(sigmas(countOf(canary, '1.1.0'), callers.length, 0.1)).toBeLessThan(3);
  });

  it('are shared out anew at each revision, independently of the one before', () => {
    const next = { ...canary, moveCount: 2 };
    const chosenTwice = callers.filter(
      (caller) => choose(canary, caller) === '1.1.0' && choose(next, caller) === '1.1.0',
    ).length;
    expect(sigmas(countOf(next, '1.1.0'), callers.length, 0.1)).toBeLessThan(3);
    expect(sigmas(chosenTwice, callers.length, 0.01)).toBeLessThan(3);
  });

  it('of two models or aliases are shared out independently', () => {
    const canaries = (model: string, alias: string) =>
      new Set(callers.filter((caller) => targetsFor({ model, alias, split: canary, caller })[0] === '1.1.0'));
    const [one, other, third] = [
      canaries('acme.iris', 'stable'),
      canaries('acme.lily', 'stable'),
      canaries('acme.iris', 'beta'),
    ];
    expect(sigmas([...one].filter((caller) => other.has(caller)).length, callers.length, 0.01)).toBeLessThan(3);
    expect(sigmas([...one].filter((caller) => third.has(caller)).length, callers.length, 0.01)).toBeLessThan(3);
  });

  it('whose version falls out go to the others by their shares, and nobody else moves', () => {
    const targets = [
      { version: '1.0.0', weight: 60 },
      { version: '1.1.0', weight: 30 },
      { version: '1.2.0', weight: 10 },
    ];
    const orders = callers.map((caller) =>
      targetsFor({ model: 'acme.iris', alias: 'stable', split: { targets, moveCount: 1 }, caller }),
    );
    const fallen = orders.filter(([first]) => first === '1.0.0');
    const toSecond = fallen.filter(([, second]) => second === '1.1.0').length;
    expect(sigmas(toSecond, fallen.length, 0.75)).toBeLessThan(3);
    expect(orders.every((order) => new Set(order).size === 3)).toBe(true);
  });
});

/** Upper 10⁻⁶ quantiles of the χ² distribution, by degrees of freedom. */
const chiSquareLimit = [0, 23.93, 27.63, 30.66, 33.38, 35.89, 38.26, 40.52, 42.7, 44.81];

const splits = fc
  .array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 10 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights): readonly AliasTarget[] => weights.map((weight, minor) => ({ version: `1.${minor}.0`, weight })));

describe('whatever the weights are', () => {
  it('the same caller is given the same, in whatever order they stand, and nobody a weight of 0', () => {
    fc.assert(
      fc.property(splits, fc.string(), fc.nat(), (targets, caller, moveCount) => {
        const order = targetsFor({ model: 'a.b', alias: 'x', split: { targets, moveCount }, caller });
        const reversed = { targets: [...targets].reverse(), moveCount };
        expect(targetsFor({ model: 'a.b', alias: 'x', split: reversed, caller })).toEqual(order);
        const open = targets.filter(({ weight }) => weight > 0).map(({ version }) => version);
        expect([...order].sort()).toEqual([...open].sort());
      }),
    );
  });

  it('the shares are theirs (χ² over 2,000 callers)', () => {
    fc.assert(
      fc.property(splits, fc.nat(), (targets, moveCount) => {
        const sum = targets.reduce((all, { weight }) => all + weight, 0);
        // Below five expected callers the distribution is not χ².
        const open = targets.filter(({ weight }) => (weight / sum) * callers.length >= 5);
        const counts = new Map<string, number>();
        for (const caller of callers) {
          const version = choose({ targets, moveCount }, caller) ?? '';
          counts.set(version, (counts.get(version) ?? 0) + 1);
        }
        const statistic = open
          .map(({ version, weight }) => {
            const expected = (weight / sum) * callers.length;
            return ((counts.get(version) ?? 0) - expected) ** 2 / expected;
          })
          .reduce((all, one) => all + one, 0);
        expect(statistic).toBeLessThan(chiSquareLimit[Math.max(1, open.length - 1)] ?? 0);
      }),
      // Seeded: a chance of one in a million a run is still one that would come true some day.
      { numRuns: 12, seed: 6 },
    );
  });
});
