// IAM's wildcards: `*` any text, `?` one character.

const expression = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );

const known = new Map<string, RegExp>();

export const matchesText = (pattern: string, text: string): boolean => {
  const made = known.get(pattern) ?? expression(pattern);
  known.set(pattern, made);
  return made.test(text);
};

/** Actions know no case. */
export const matchesAction = (pattern: string, action: string): boolean =>
  matchesText(pattern.toLowerCase(), action.toLowerCase());

/** `arn:partition:service:region:account:resource`; only the last part may hold colons. */
const partsOf = (arn: string): string[] => {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
};

/** A wildcard stays within its part of an ARN, but for the last part and for a `*` that stands alone. */
export const matchesArn = (pattern: string, arn: string): boolean => {
  if (pattern === '*') return true;
  if (arn === '*') return false;
  const [patterns, parts] = [partsOf(pattern), partsOf(arn)];
  return patterns.every((one, index) => matchesText(one, parts[index] ?? ''));
};
