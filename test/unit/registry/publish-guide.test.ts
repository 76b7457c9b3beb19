// The guide tells publishers of every rule, in the code's words.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { registryRules, smokeRules } from '../../../lambdas/registry/domain/rejection-rules.ts';
import { scanRules } from '../../../lambdas/shared/onnx/rejection.ts';

const guide = readFileSync(new URL('../../../docs/guides/publish.md', import.meta.url), 'utf8');
const rules = Object.entries({ ...scanRules, ...smokeRules, ...registryRules });

describe('docs/guides/publish.md', () => {
  it.each(rules)('has the rule %s as the code has it', (rule, meaning) => {
    expect(guide).toContain(`| \`${rule}\` | ${meaning} |`);
  });

  it('has no rule that the code does not have', () => {
    const told = [...guide.matchAll(/^\| `([a-z_]+)` \| [A-Z]/gm)].map((match) => match[1]);
    expect(told.sort()).toEqual(rules.map(([rule]) => rule).sort());
  });
});
