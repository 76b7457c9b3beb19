// A model card: Markdown, with YAML front matter between two `---` lines where it begins so.
import type { FieldError } from '../../shared/kernel/errors.ts';
import { type ClaimedMetric, cardFields, claimedMetrics } from './card-fields.ts';
import { CARD_LIMIT_BYTES, FRONT_MATTER_LIMIT_BYTES } from './card-limits.ts';
import { type FrontMatter, parseFrontMatter, textFault } from './front-matter.ts';

const FAULT_LIMIT = 20;
const BYTE_ORDER_MARK = '\ufeff';

export interface Card {
  /** As it was written, without a byte order mark. */
  readonly text: string;
  readonly frontMatter: FrontMatter;
  readonly metrics: readonly ClaimedMetric[];
  /** Whether it has front matter, be it empty. */
  readonly hasFrontMatter: boolean;
}

export type ReadCard =
  | { readonly ok: true; readonly card: Card }
  | { readonly ok: false; readonly faults: readonly FieldError[] };

/** @param license - the model's: a card may repeat it and nothing else */
export const readCard = (written: string, license: string): ReadCard => {
  const text = written.startsWith(BYTE_ORDER_MARK) ? written.slice(1) : written;
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > CARD_LIMIT_BYTES)
    return refuse('/text', `must be ${CARD_LIMIT_BYTES} bytes at most, got ${sizeBytes}`);
  const wrong = textFault(text);
  if (wrong !== undefined) return refuse('/text', wrong);
  const yaml = frontMatterOf(text);
  if (yaml === undefined) return { ok: true, card: { text, frontMatter: {}, metrics: [], hasFrontMatter: false } };
  if (yaml === 'open') return refuse('/text/frontMatter', "begins with '---' in line 1 and must end with a line '---'");
  const yamlBytes = Buffer.byteLength(yaml);
  if (yamlBytes > FRONT_MATTER_LIMIT_BYTES) {
    return refuse('/text/frontMatter', `must be ${FRONT_MATTER_LIMIT_BYTES} bytes at most, got ${yamlBytes}`);
  }
  const parsed = parseFrontMatter(yaml);
  if (!parsed.ok) return parsed;
  const { frontMatter } = parsed;
  const fields = cardFields.safeParse(frontMatter);
  if (!fields.success) {
    const faults = fields.error.issues.slice(0, FAULT_LIMIT).map(({ path, message }) => ({
      pointer: ['/frontMatter', ...path.map(String)].join('/'),
      detail: message,
    }));
    return { ok: false, faults };
  }
  const said = fields.data.license;
  if (said !== undefined && said.toLowerCase() !== license.toLowerCase()) {
    return refuse('/frontMatter/license', `must be '${license}' as the model's, or absent, got '${said}'`);
  }
  return { ok: true, card: { text, frontMatter, metrics: claimedMetrics(fields.data), hasFrontMatter: true } };
};

const refuse = (pointer: string, detail: string): ReadCard => ({ ok: false, faults: [{ pointer, detail }] });

/** What was kept is shown even where later rules would refuse it. */
export const readKeptCard = (text: string, license: string): Card => {
  const read = readCard(text, license);
  return read.ok ? read.card : { text, frontMatter: {}, metrics: [], hasFrontMatter: text.startsWith('---') };
};

/** Between the two lines; `open`: the second is missing. Told line by line, whichever way lines end. */
const frontMatterOf = (text: string): string | 'open' | undefined => {
  const first = /^---[ \t]*(?:\r?\n|$)/.exec(text)?.[0];
  if (first === undefined) return undefined;
  const rest = text.slice(first.length);
  const end = /^---[ \t]*\r?$/m.exec(rest);
  return end ? rest.slice(0, end.index) : 'open';
};
