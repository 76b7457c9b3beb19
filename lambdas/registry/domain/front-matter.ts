// The YAML front matter of a card: YAML 1.2 of the core schema, without what makes a small text mean a large thing.
import { CST, Lexer, parseDocument } from 'yaml';
import type { FieldError } from '../../shared/kernel/errors.ts';

/** What JSON can say. */
export type FrontMatter = Readonly<Record<string, unknown>>;

const DEPTH_LIMIT = 16;
const TOKEN_LIMIT = 5000;
const FAULT_LIMIT = 20;
/** Of the `---` before it. */
const LINES_ABOVE = 1;

export type Parsed =
  | { readonly ok: true; readonly frontMatter: FrontMatter }
  | { readonly ok: false; readonly faults: readonly FieldError[] };

/** What a text may not hold: control characters but line ends and tabs, and halves of characters. */
export const textFault = (text: string): string | undefined => {
  const control = /[^\P{Cc}\n\t\r]/u.exec(text)?.[0];
  if (control !== undefined) return `must not hold control characters but line ends and tabs, got ${codeOf(control)}`;
  return text.isWellFormed() ? undefined : 'must be well-formed Unicode, got half of a surrogate pair';
};

const codeOf = (character: string) => `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** @param yaml - what stands between the `---` lines, checked by `textFault` */
export const parseFrontMatter = (yaml: string): Parsed => {
  const refused = tokenFault(yaml);
  if (refused) return { ok: false, faults: [refused] };
  const document = parseDocument(yaml, {
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
    resolveKnownTags: false,
    logLevel: 'silent',
    // Which would copy lines of the text into each of them, for faults by the thousand.
    prettyErrors: false,
  });
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0)
    return {
      ok: false,
      faults: wrong.slice(0, FAULT_LIMIT).map(({ message, pos }) => fault(`${message}, ${placeOf(yaml, pos[0])}`)),
    };
  // An empty one says nothing, which is no fault.
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    const got = Array.isArray(value) ? 'a list' : `a ${typeof value}`;
    return {
      ok: false,
      faults: [{ pointer: '/frontMatter', detail: `must be a mapping of keys to values, got ${got}` }],
    };
  }
  const faults = valueFaults(value, '/frontMatter', 1);
  return faults.length === 0
    ? { ok: true, frontMatter: value as FrontMatter }
    : { ok: false, faults: faults.slice(0, FAULT_LIMIT) };
};

/** What has no place in it, told from its tokens alone: the parser, which recurses, never sees deep nesting. */
const tokenFault = (yaml: string): FieldError | undefined => {
  let offset = 0;
  let count = 0;
  let flowDepth = 0;
  let onLine = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(yaml)) {
    // The lexer's own marks take no place: before a document, a scalar, and where a flow ends early.
    if (token === CST.DOCUMENT || token === CST.FLOW_END) continue;
    if (token === CST.SCALAR) {
      isScalar = true;
      continue;
    }
    const type = isScalar ? 'scalar' : CST.tokenType(token);
    isScalar = false;
    const at = () => placeOf(yaml, offset);
    const forbidden = type === null ? undefined : forbiddenTokens[type];
    if (forbidden !== undefined) return fault(`must not hold ${forbidden}, got '${token.slice(0, 40)}' ${at()}`);
    if (type === 'flow-map-start' || type === 'flow-seq-start') flowDepth++;
    if (type === 'flow-map-end' || type === 'flow-seq-end') flowDepth--;
    if (type === 'newline') onLine = 0;
    if (type === 'seq-item-ind' || type === 'explicit-key-ind') onLine++;
    if (flowDepth > DEPTH_LIMIT || onLine > DEPTH_LIMIT) {
      return fault(`must be nested ${DEPTH_LIMIT} deep at most, got more ${at()}`);
    }
    if (type !== 'space' && type !== 'newline' && type !== 'comment') count++;
    if (count > TOKEN_LIMIT) return fault(`must have ${TOKEN_LIMIT} keys, values and signs at most, got more ${at()}`);
    offset += token.length;
  }
  return undefined;
};

const forbiddenTokens: Readonly<Partial<Record<string, string>>> = {
  anchor: 'anchors',
  alias: 'aliases',
  tag: 'tags of YAML',
  'directive-line': 'directives',
  'doc-start': 'a second document',
  'doc-end': 'an end of the document',
};

const fault = (detail: string): FieldError => ({ pointer: '/text/frontMatter', detail });

const placeOf = (yaml: string, offset: number): string => {
  const before = yaml.slice(0, offset).split('\n');
  return `in line ${before.length + LINES_ABOVE}, column ${(before.at(-1)?.length ?? 0) + 1}`;
};

const valueFaults = (value: unknown, pointer: string, depth: number): FieldError[] => {
  if (depth > DEPTH_LIMIT) return [{ pointer, detail: `must be nested ${DEPTH_LIMIT} deep at most` }];
  if (typeof value === 'number' && !Number.isFinite(value)) return [{ pointer, detail: 'must be a finite number' }];
  if (typeof value === 'string') {
    const detail = textFault(value);
    return detail === undefined ? [] : [{ pointer, detail }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const detail = key === '__proto__' ? "must be named otherwise than '__proto__'" : textFault(key);
    return detail === undefined ? valueFaults(item, inner, depth + 1) : [{ pointer, detail: `key ${detail}` }];
  });
};
