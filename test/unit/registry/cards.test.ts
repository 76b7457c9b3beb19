// Model cards: what is read of their front matter, what is refused of it, and the routes over stores in memory.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CARD_LIMIT_BYTES } from '../../../lambdas/registry/domain/card-limits.ts';
import { readCard } from '../../../lambdas/registry/domain/read-card.ts';
import { readmeOf } from '../../../lambdas/registry/domain/readme.ts';
import { type As, newModel, registryApi } from '../../support/registry-api.ts';
import { memoryDownloads } from './memory-downloads.ts';
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts';
import { publishInMemory } from './publish-in-memory.ts';

const read = (text: string) => readCard(text, 'Apache-2.0');
const cardOf = (yaml: string, body = '# Iris\n') => `---\n${yaml}\n---\n${body}`;
const accepted = (text: string) => {
  const found = read(text);
  if (!found.ok) throw new Error(JSON.stringify(found.faults));
  return found.card;
};
const faultsOf = (text: string) => {
  const found = read(text);
  return found.ok ? [] : found.faults;
};

const FULL = cardOf(`license: apache-2.0
tags: [flowers, tabular]
pipeline_tag: tabular-classification
language: no
datasets: [iris]
base_model: acme/base
metrics: [accuracy]
intended_use: Lessons
limits: [Three irises alone]
released: 2026-11-01
model-index:
  - name: iris
    results:
      - task: {type: tabular-classification}
        dataset: {name: Iris, type: iris}
        metrics:
          - {type: accuracy, value: 0.97}
          - {type: f1, name: F1, value: "0.96"}
          - {type: unmeasured}`);

describe('a card', () => {
  it('tells its front matter as JSON, and the metrics of it', () => {
    const card = accepted(FULL);
    expect(card.text).toBe(FULL);
    // YAML 1.2: `no` is Norwegian, and a day is a text.
    expect(card.frontMatter).toMatchObject({ language: 'no', released: '2026-11-01', base_model: 'acme/base' });
    expect(card.metrics).toEqual([
      { name: 'accuracy', value: 0.97, dataset: 'Iris' },
      { name: 'F1', value: '0.96', dataset: 'Iris' },
    ]);
  });

  it.each([
    { why: 'has no front matter', text: '# Iris\n\n---\n\nMore\n', frontMatter: {} },
    { why: 'has an empty one', text: '---\n---\n# Iris', frontMatter: {} },
    {
      why: 'has lines that end in CRLF',
      text: '---\r\na: 1\r\nb: x\r\n---\r\n# Iris\r\n',
      frontMatter: { a: 1, b: 'x' },
    },
    { why: 'begins with a byte order mark', text: '\ufeff---\na: 1\n---\n', frontMatter: { a: 1 } },
    { why: 'holds a ruler of hyphens in its Markdown', text: '---\na: 1\n---\nx\n---\ny', frontMatter: { a: 1 } },
    { why: 'has a key that YAML 1.1 would merge', text: '---\n<<: {a: 1}\n---\n', frontMatter: { '<<': { a: 1 } } },
  ])('is taken that $why', ({ text, frontMatter }) => {
    expect(accepted(text).frontMatter).toEqual(frontMatter);
  });

  it.each([
    {
      why: 'a bomb of aliases',
      yaml: 'a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]',
      part: "must not hold anchors, got '&a' in line 2, column 4",
    },
    { why: 'an alias', yaml: 'a: *b', part: "must not hold aliases, got '*b' in line 2, column 4" },
    {
      why: 'a tag that makes a function',
      yaml: 'a: !!js/function "x"',
      part: "must not hold tags of YAML, got '!!js/function' in line 2",
    },
    { why: 'a tag of its own', yaml: 'a: !x 1', part: 'must not hold tags' },
    { why: 'a directive', yaml: '%YAML 1.1\na: 1', part: 'must not hold directives' },
    { why: 'a key twice', yaml: 'a: 1\nb: 2\na: 3', part: 'Map keys must be unique, in line 4, column 1' },
    { why: 'a list as a key', yaml: '? [a]\n: b', part: 'all keys must be strings' },
    { why: '30,000 escapes that there are not', yaml: `a: "${'\\q'.repeat(30_000)}"`, part: 'Invalid escape sequence' },
    { why: 'a bracket that stays open', yaml: 'a: [1\nb: 2', part: 'in line 3' },
    { why: 'a text alone', yaml: 'words', part: 'must be a mapping of keys to values, got a string' },
    { why: 'a list alone', yaml: '- a', part: 'got a list' },
    { why: 'no number', yaml: 'a: .nan', part: 'must be a finite number', pointer: '/frontMatter/a' },
    { why: 'NUL, escaped', yaml: 'a: ["\\0"]', part: 'got U+0000', pointer: '/frontMatter/a/0' },
    { why: 'half a character, escaped', yaml: 'a: "\\ud800"', part: 'well-formed', pointer: '/frontMatter/a' },
    { why: 'a key of objects', yaml: '__proto__: {a: 1}', part: '__proto__' },
    { why: 'another license', yaml: 'license: MIT', part: "must be 'Apache-2.0'", pointer: '/frontMatter/license' },
    {
      why: 'a tag that is no text',
      yaml: 'tags: [a, b, c, 4]',
      part: 'must be a text',
      pointer: '/frontMatter/tags/3',
    },
    { why: 'a long tag', yaml: `tags: [${'a'.repeat(65)}]`, part: '1 to 64', pointer: '/frontMatter/tags/0' },
    { why: '101 tags', yaml: `tags:\n${'- a\n'.repeat(101)}`, part: 'at most 100', pointer: '/frontMatter/tags' },
    { why: '10,000 tags', yaml: `tags:\n${'- a\n'.repeat(10_000)}`, part: 'at most' },
    {
      why: '9,000 keys',
      yaml: Array.from({ length: 9000 }, (_, index) => `${index.toString(36)}:`).join('\n'),
      part: 'at most',
    },
    { why: 'nested brackets', yaml: `a: ${'['.repeat(60_000)}`, part: 'nested 16 deep' },
    { why: 'nested lists on a line', yaml: '- '.repeat(30_000), part: 'nested 16 deep' },
    {
      why: 'nested lists over lines',
      yaml: `a:\n${Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}-`).join('\n')}`,
      part: 'nested 16 deep',
    },
    {
      why: 'nested maps',
      yaml: Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      part: 'nested 16 deep',
    },
    { why: 'more than 64 KiB', yaml: `a: ${'x'.repeat(65_536)}`, part: 'must be 65536 bytes at most' },
  ])('is refused whose front matter holds $why', ({ yaml, part, pointer }) => {
    const faults = faultsOf(cardOf(yaml));
    expect(faults[0]?.detail).toContain(part);
    expect(faults[0]?.pointer).toMatch(/^\/(text|frontMatter)/);
    if (pointer !== undefined) expect(faults[0]?.pointer).toBe(pointer);
  });

  it.each([
    { why: 'NUL', text: 'a\0b', part: 'got U+0000' },
    { why: 'an escape', text: '\u001b[31m', part: 'got U+001B' },
    { why: 'half a character', text: 'a\ud800', part: 'well-formed' },
    { why: 'too many bytes', text: 'é'.repeat(CARD_LIMIT_BYTES / 2 + 1), part: `${CARD_LIMIT_BYTES} bytes at most` },
    { why: 'front matter without an end', text: '---\na: 1\n# Iris', part: "must end with a line '---'" },
    { why: '100,000 brackets', text: `---\n${'['.repeat(100_000)}\n---\n`, part: 'bytes at most' },
  ])('is refused that holds $why', ({ text, part }) => {
    expect(faultsOf(text)[0]?.detail).toContain(part);
  });

  it('tells what was written, whatever that is', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).map((name) => `x_${name}`);
    const leaf = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }), fc.string(), (front, body) => {
        const text = `---\n${stringify(front, { version: '1.2', aliasDuplicateObjects: false })}---\n${body}`;
        const found = read(text);
        if (!found.ok) throw new Error(JSON.stringify(found.faults));
        expect(found.card.text).toBe(text);
        expect(found.card.frontMatter).toEqual(front);
        expect(read(found.card.text)).toEqual(found);
      }),
    );
  });

  it('never throws, whatever comes', () => {
    const piece = fc.constantFrom(
      ...'---\n|: |- |? |[|]|{|}|,|"|\'|#|&a|*a|!t|%|  |\t|\r\n|a|1|>|||~|...\n'.split('|'),
      '|',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const found = read(cardOf(pieces.join('')));
        expect(found.ok || found.faults.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the routes of a card', () => {
  let registry: MemoryRegistry;
  let call: ReturnType<typeof registryApi>;
  const path = '/v1/models/acme.iris/card';
  const put = (text: string, as: As = {}) => call('PUT', path, { who: 'acme', body: { text }, ...as });

  beforeEach(async () => {
    registry = memoryRegistry();
    call = registryApi({ ...registry, ...memoryDownloads() });
    await publishInMemory(registry, call, { name: 'acme.iris', more: { price: { perCallMicros: '200' } } });
  });

  it('answer what was written, and what was measured', async () => {
    expect((await call('GET', path)).body.code).toBe('card_not_found');
    const { status, body, headers } = await put(FULL);
    expect({ status, etag: headers.etag }).toEqual({ status: 200, etag: '"1"' });
    expect(body).toMatchObject({
      model: 'acme.iris',
      text: FULL,
      frontMatter: { tags: ['flowers', 'tabular'] },
      metrics: [{ name: 'accuracy', value: 0.97, dataset: 'Iris', claimed: true }, { name: 'F1' }],
      measured: { version: '1.0.0', lane: 'run-2gib', runMs: 1, loadMs: 1, perCallMicros: '200' },
    });
    expect((await call('GET', path)).body).toEqual(body);
    expect(registry.events.at(-1)).toBe('ModelCardChanged.v1 acme.iris');
    expect(registry.entries.at(-1)).toMatchObject({ by: { userId: 'usr_acme' }, data: { revision: 1 } });
  });

  it('tell nothing measured while nothing is published', async () => {
    await call('POST', '/v1/models', { who: 'acme', body: newModel('acme.new') });
    const { body } = await call('PUT', '/v1/models/acme.new/card', { who: 'acme', body: { text: '# New' } });
    expect(body).toMatchObject({ measured: null, frontMatter: {}, metrics: [] });
    expect((await call('GET', '/v1/models/acme.new/card')).body.code).toBe('model_not_found');
  });

  it('change it for who has seen it, once, and lose nobody’s', async () => {
    await put('# One');
    const told = registry.events.length;
    expect((await put('# One')).headers.etag).toBe('"1"');
    expect(registry.events).toHaveLength(told);
    expect((await put('# Two', { headers: { 'if-match': '"7"' } })).status).toBe(412);
    registry.between = () => put('# Between');
    expect((await put('# Two', { headers: { 'if-match': '"1"' } })).status).toBe(412);
    registry.between = () => put('# Again');
    expect((await put('# Three')).headers.etag).toBe('"4"');
    expect((await call('GET', path)).body.text).toBe('# Three');
  });

  it('refuse others, and what breaks a rule, and change nothing', async () => {
    await put('# One');
    expect((await put('# Theirs', { who: 'other' })).body.code).toBe('not_your_handle');
    const refused = await put(cardOf('tags: [a, 4]'));
    expect(refused).toMatchObject({ status: 422, body: { code: 'card_invalid' } });
    expect(refused.body.errors).toEqual([
      { pointer: '/frontMatter/tags/1', detail: 'must be a text of 1 to 64 characters' },
    ]);
    const large = await put('x'.repeat(1_048_576));
    expect(large.status).toBe(413);
    expect(large.body.detail).toContain(`${CARD_LIMIT_BYTES} bytes`);
    expect((await put('x'.repeat(CARD_LIMIT_BYTES))).status).toBe(200);
    expect((await put('\n'.repeat(CARD_LIMIT_BYTES))).status).toBe(200);
  });

  it('change the README and the commit of the repository', async () => {
    const repo = '/hf/api/models/acme/iris';
    const before = (await call('GET', repo)).body.sha;
    await put(FULL);
    expect((await call('GET', '/hf/acme/iris/resolve/main/README.md')).text).toBe(FULL);
    const { body } = await call('GET', repo);
    expect(body.sha).not.toBe(before);
    expect(body.cardData).toMatchObject({ base_model: 'acme/base', library_name: 'onnx' });
    expect((await call('GET', `${repo}/revision/${before}`)).body.sha).toBe(before);
    await put('# Words alone');
    expect((await call('GET', '/hf/acme/iris/resolve/main/README.md')).text).toMatch(
      /^---\nlicense: "apache-2.0"[\s\S]*\n---\n\n# Words alone$/,
    );
  });
});

it('a README that was made of a model is a card', () => {
  const model = {
    name: 'acme.iris',
    summary: 'a: "b"\\',
    description: undefined,
    task: 't',
    license: 'Apache-2.0',
    tags: ['x'],
  };
  expect(accepted(readmeOf(model)).frontMatter).toMatchObject({ license: 'apache-2.0', tags: ['x'] });
});
