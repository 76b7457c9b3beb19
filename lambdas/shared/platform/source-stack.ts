// A stack trace in the names and lines of the sources. Bundles are minified: their source maps lie beside them, and are
// read when a fault is logged, never at a start.
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** `at name (file:line:column)`, or without a name and brackets. */
const frame = /^(\s+at )(?:(async )?.*? \()?(?:file:\/\/)?(\/[^():]+):(\d+):(\d+)\)?$/;

/** By the bundle's path; undefined where none lies beside it. */
const maps = new Map<string, SourceMap | undefined>();

const mapOf = (file: string): SourceMap | undefined => {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
};

const readMap = (path: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
};

const toSource = (line: string): string => {
  const [, at, isAsync = '', file, row, column] = frame.exec(line) ?? [];
  const map = file === undefined ? undefined : mapOf(file);
  if (!map) return line;
  const entry = map.findEntry(Number(row) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return line;
  const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
  return `${at}${isAsync}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
};

/** @param stack - of an error; frames of files without a map stay as they are */
export const sourceStack = (stack: string | undefined): string | undefined =>
  stack?.split('\n').map(toSource).join('\n');
