// The guide tells publishers of every rule, in the code's words.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MEMORY_LIMIT_BYTES } from '../../../lambdas/registry/domain/lane.ts';
import { registryRules, smokeRules } from '../../../lambdas/registry/domain/rejection-rules.ts';
import { smokeLimits } from '../../../lambdas/registry/routes/scan-version.ts';
import { scanRules } from '../../../lambdas/shared/onnx/rejection.ts';
import { parseStage } from '../../../lib/config/stages.ts';

const guide = readFileSync(new URL('../../../docs/guides/publish.md', import.meta.url), 'utf8');
const rules = Object.entries({ ...scanRules, ...smokeRules, ...registryRules });

describe('docs/guides/publish.md', () => {
  it.each(rules)('has the rule %s as the code has it', (rule, meaning) => {
    expect(guide).toContain(`| \`${rule}\` | ${meaning} |`);
  });

  it('tells what memory a model may take, on a laptop and elsewhere', () => {
    const gibOn = (stage: string) => {
      const { memoryBytes } = smokeLimits(parseStage(stage).memoryMiB.smoke);
      return Math.min(memoryBytes, MEMORY_LIMIT_BYTES) / 1_073_741_824;
    };
    expect(gibOn('staging')).toBe(gibOn('production'));
    expect(guide).toContain(
      `| Memory for loading and one run | ${gibOn('production')} GiB; on stage \`dev\`, where the trial has less, ${gibOn('dev')} GiB |`,
    );
  });

  it('has no rule that the code does not have', () => {
    const told = [...guide.matchAll(/^\| `([a-z_]+)` \| [A-Z]/gm)].map((match) => match[1]);
    expect(told.sort()).toEqual(rules.map(([rule]) => rule).sort());
  });
});
