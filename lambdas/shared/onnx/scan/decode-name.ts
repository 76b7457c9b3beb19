// A name as it stands in the file, or why it is none.
import type { ScanRule } from '../rejection.ts';

export interface NameFault {
  readonly rule: ScanRule;
  /** Goes on after the field's name. */
  readonly message: string;
}

const MARKER = '_ORT_MEM_ADDR_';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Zero bytes above all: to the runtime a name ends there. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const control = /[\u0000-\u001f\u007f]/;

export const decodeName = (bytes: Uint8Array): string | NameFault => {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { rule: 'invalid_name', message: 'must be UTF-8' };
  }
  if (control.test(text)) return { rule: 'invalid_name', message: 'must not hold control characters' };
  if (!text.includes(MARKER)) return text;
  return { rule: 'memory_marker', message: 'must not hold the runtime’s marker for an address in memory' };
};
