// The recordings of one run: a file for each cloud copy, one JSON object a line.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Asked } from './hold.ts';
import { recordedLine } from './need.ts';

export interface Recordings {
  /** Folder of the template that the copies were made from. */
  readonly template: string;
  /** Those that were listened to. */
  readonly functions: ReadonlySet<string>;
  readonly callCount: number;
  /** Each distinct need once. */
  readonly asked: readonly Asked[];
  /** Calls that could not be put into IAM's terms, and recordings that are not whole. */
  readonly faults: readonly string[];
}

/** @returns undefined when nothing was recorded */
export const readRecordings = (folder: string): Recordings | undefined => {
  const asked = new Map<string, Asked>();
  const templates = new Set<string>();
  const functions = new Set<string>();
  const faults = new Set<string>();
  let callCount = 0;
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.jsonl'))) {
    let ended = false;
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (text === '') continue;
      const line = recordedLine.parse(JSON.parse(text));
      if (line.is === 'begin') {
        templates.add(line.template);
        for (const one of line.functions) functions.add(one);
      }
      if (line.is === 'unknown') faults.add(`${line.signer}: ${line.what}`);
      if (line.is === 'need') {
        const { signer, from, need } = line;
        asked.set(JSON.stringify([signer, from, need]), { signer, from, need });
      }
      if (line.is === 'end') {
        ended = true;
        callCount += line.callCount;
      }
    }
    if (!ended) faults.add(`the recording ${name} was not ended: a test file must stop its cloud`);
  }
  const [template, ...others] = templates;
  if (template === undefined) return undefined;
  if (others.length > 0) faults.add('the sources changed while the tests ran');
  return { template, functions, callCount, asked: [...asked.values()], faults: [...faults] };
};
