import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../lambdas/governance/domain/markdown.ts';

const table = ['| Code | Meaning |', '| --- | --- |', '| `model_not_found` | No <such> model \\| name |'].join('\n');

describe('renderMarkdown', () => {
  it('makes each code of a table an anchor that an error type can point to', () => {
    expect(renderMarkdown(table)).toContain(
      '<tr id="model_not_found"><td><a href="#model_not_found"><code>model_not_found</code></a></td>',
    );
  });

  it('escapes what would be HTML, and keeps an escaped bar inside its cell', () => {
    expect(renderMarkdown(table)).toContain('<td>No &lt;such&gt; model | name</td>');
  });

  it('gives headings their level and leaves comments out', () => {
    expect(renderMarkdown('# Errors\n\n<!-- made by a tool -->\n\n## 400')).toBe('<h1>Errors</h1>\n<h2>400</h2>');
  });

  it('links only to pages of the web and of this site', () => {
    expect(renderMarkdown('[a](https://example.com) [b](/docs) [c](javascript:alert(1))')).toBe(
      '<p><a href="https://example.com">a</a> <a href="/docs">b</a> [c](javascript:alert(1))</p>',
    );
  });
});
