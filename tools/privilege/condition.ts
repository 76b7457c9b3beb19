// The Condition element: every operator and every key in it must hold, of a key's values one.
import { matchesArn, matchesText } from './match.ts';
import { Unknown } from './need.ts';
import type { Statement } from './statement.ts';

/** Key → value or values. A key that is absent from every request of ours has the value undefined. */
export type Context = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Test {
  readonly matches: (pattern: string, value: string) => boolean;
  readonly negated: boolean;
}

const same = (pattern: string, value: string) => pattern === value;
const sameWord = (pattern: string, value: string) => pattern.toLowerCase() === value.toLowerCase();

/** ArnEquals and ArnLike do the same on AWS. */
const tests: Readonly<Record<string, Test>> = {
  StringEquals: { matches: same, negated: false },
  StringNotEquals: { matches: same, negated: true },
  StringEqualsIgnoreCase: { matches: sameWord, negated: false },
  StringLike: { matches: matchesText, negated: false },
  StringNotLike: { matches: matchesText, negated: true },
  ArnEquals: { matches: matchesArn, negated: false },
  ArnLike: { matches: matchesArn, negated: false },
  ArnNotEquals: { matches: matchesArn, negated: true },
  ArnNotLike: { matches: matchesArn, negated: true },
  Bool: { matches: sameWord, negated: false },
};

const operatorShape = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

/** @throws Unknown for a key that the context does not speak of: whether it is absent on AWS is not known here */
const contextValue = (context: Context, key: string): string | readonly string[] | undefined => {
  const name = Object.keys(context).find((one) => one.toLowerCase() === key.toLowerCase());
  if (name === undefined) throw new Unknown(`condition key '${key}'`);
  return context[name];
};

const isNull = (wanted: readonly string[], value: unknown): boolean => wanted.includes(String(value === undefined));

const holdsOne = (operator: string, patterns: readonly string[], value: string | readonly string[] | undefined) => {
  const [, set, name = '', ifExists] = operatorShape.exec(operator) ?? [];
  if (name === 'Null' && !set && !ifExists) return isNull(patterns, value);
  const test = tests[name];
  if (!test) throw new Unknown(`condition operator '${operator}'`);
  const passes = (one: string) => patterns.some((pattern) => test.matches(pattern, one)) !== test.negated;
  const values = value === undefined ? [] : [value].flat();
  // Nothing to look at: "all of them" holds of none, "any of them" does not.
  if (values.length === 0) return ifExists !== undefined || set === 'ForAllValues' || (!set && test.negated);
  if (set === 'ForAllValues') return values.every(passes);
  if (set === 'ForAnyValue') return values.some(passes);
  if (typeof value !== 'string') throw new Unknown(`'${operator}' without ForAllValues or ForAnyValue on many values`);
  return passes(value);
};

export const holds = (condition: Statement['condition'], context: Context): boolean =>
  Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, patterns]) => holdsOne(operator, patterns, contextValue(context, key))),
  );
