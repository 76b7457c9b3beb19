import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRunnableBlocks, toScript } from '../../contract/readme-blocks.ts';

const fenced = (language: string, ...code: string[]) => [`\`\`\`${language}`, ...code, '```'];
const page = (...lines: (string | string[])[]) => lines.flat().join('\n');

describe('readRunnableBlocks', () => {
  it('takes the marked blocks, in order, with the heading they stand under', () => {
    const markdown = page(
      '# Top',
      fenced('sh', 'not marked'),
      '## First',
      '<!-- run -->',
      fenced('sh', 'A=1', '', 'B=2'),
      'text',
      '<!-- run -->',
      '',
      fenced('python', 'print(1)'),
      '## Second',
      '<!-- run -->',
      fenced('sh', 'echo'),
    );
    expect(readRunnableBlocks(markdown)).toEqual([
      { section: 'First', language: 'sh', code: 'A=1\n\nB=2' },
      { section: 'First', language: 'python', code: 'print(1)' },
      { section: 'Second', language: 'sh', code: 'echo' },
    ]);
  });

  it('takes a comment in a shell block for no heading, and a mark in a block for no mark', () => {
    const markdown = page('## Real', fenced('sh', '# a comment', '<!-- run -->'), '<!-- run -->', fenced('sh', '# x'));
    expect(readRunnableBlocks(markdown)).toEqual([{ section: 'Real', language: 'sh', code: '# x' }]);
  });

  it.each([
    { why: 'a mark before text', markdown: page('<!-- run -->', 'text', fenced('sh', 'echo')), line: 'line 2' },
    { why: 'a mark at the end', markdown: page('<!-- run -->', ''), line: 'after the last' },
    { why: 'another language', markdown: page('<!-- run -->', fenced('json', '{}')), line: "line 2: .* got 'json'" },
    { why: 'a block without an end', markdown: page('<!-- run -->', '```sh', 'echo'), line: 'line 2' },
  ])('refuses $why rather than pass over it', ({ markdown, line }) => {
    expect(() => readRunnableBlocks(markdown)).toThrow(new RegExp(line));
  });

  it('finds the main job in the README', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const code = readRunnableBlocks(readme).map((block) => block.code);
    expect(code.join('\n')).toContain('/v2/models/');
    expect(code.join('\n')).toContain('tritonclient');
  });
});

describe('toScript', () => {
  it('runs shell and Python in one session, Python’s text untouched', () => {
    const script = toScript([
      { section: 's', language: 'sh', code: 'export WHO=world' },
      { section: 's', language: 'python', code: 'import os\nprint(f"$HOME hello {os.environ[\'WHO\']}")' },
      { section: 's', language: 'sh', code: 'echo "and $WHO again"' },
    ]);
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('$HOME hello world\nand world again\n');
  });
});
