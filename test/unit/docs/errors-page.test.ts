import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../lambdas/governance/domain/markdown.ts';
import { errorCatalogue, errorKinds } from '../../../lambdas/shared/kernel/error-catalogue.ts';
import { errorsText } from '../../../tools/docs/errors-page.ts';

const text = errorsText();

describe('errorsText', () => {
  it.each(Object.entries(errorCatalogue))('has the line of %s, with status, meaning and mend', (code, entry) => {
    const lines = text.split('\n').filter((line) => line.startsWith(`| \`${code}\` |`));
    expect(lines).toEqual([`| \`${code}\` | ${errorKinds[entry.kind]} | ${entry.title} | ${entry.mend} |`]);
  });

  it('becomes a page on which every code is an anchor once', () => {
    const anchors = [...renderMarkdown(text).matchAll(/ id="(\w+)"/g)].map((match) => match[1]);
    expect(anchors.sort()).toEqual(Object.keys(errorCatalogue).sort());
  });

  it('explains the statuses in rising order', () => {
    const statuses = [...text.matchAll(/^## (\d+): /gm)].map((match) => Number(match[1]));
    expect(statuses).toEqual([...statuses].sort((a, b) => a - b));
    expect(text).not.toContain(': other');
  });
});
