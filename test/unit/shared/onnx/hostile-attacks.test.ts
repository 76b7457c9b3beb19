// The hand-made attacks of test/hostile, as far as the scanner goes: those that it is to catch, it catches, and under
// the rule that is documented; the others are the runtime's to meet, where that may be killed.
import { describe, expect, it } from 'vitest';
import { scanRules } from '../../../../lambdas/shared/onnx/rejection.ts';
import { attackClasses } from '../../../hostile/attack.ts';
import { allAttacks } from '../../../hostile/attacks/all-attacks.ts';
import { scan } from './refuses.ts';

const isScanRule = (rule: string) => Object.hasOwn(scanRules, rule);
const ruleOf = (bytes: Uint8Array) => {
  const report = scan(bytes);
  return report.ok ? 'passes' : report.rejection.rule;
};

describe('an attack', () => {
  it.each(allAttacks)('$name: $why', ({ make, rules = [] }) => {
    const expected = rules.filter(isScanRule);
    // What no rule of the scanner is named for must pass it, or it would not be tried at all.
    expect(expected.length > 0 ? expected : ['passes']).toContain(ruleOf(make()));
  });

  it('has a name of its own, that a model can have', () => {
    const names = allAttacks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][a-z0-9-]{1,40}$/.test(name))).toEqual([]);
  });

  it('is one of every class, and many', () => {
    expect(new Set(allAttacks.map((attack) => attack.class))).toEqual(new Set(Object.keys(attackClasses)));
    expect(allAttacks.length).toBeGreaterThanOrEqual(60);
  });

  it('either has rules that reject it or calls that set it off', () => {
    for (const { name, rules, calls } of allAttacks) {
      expect({ name, hasOne: (rules === undefined) !== (calls === undefined) }).toEqual({ name, hasOne: true });
    }
  });
});
