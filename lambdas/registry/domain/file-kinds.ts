// What a file's bytes say it is, whatever it is called.

/** What is run, unpacked or unpickled. Nothing of it belongs to a model that others download. */
const magics: readonly { readonly kind: string; readonly bytes: readonly number[] }[] = [
  { kind: 'an ELF program', bytes: [0x7f, 0x45, 0x4c, 0x46] },
  { kind: 'a Mach-O program', bytes: [0xfe, 0xed, 0xfa, 0xce] },
  { kind: 'a Mach-O program', bytes: [0xfe, 0xed, 0xfa, 0xcf] },
  { kind: 'a Mach-O program', bytes: [0xce, 0xfa, 0xed, 0xfe] },
  { kind: 'a Mach-O program', bytes: [0xcf, 0xfa, 0xed, 0xfe] },
  { kind: 'a Java class or Mach-O program', bytes: [0xca, 0xfe, 0xba, 0xbe] },
  { kind: 'a WebAssembly module', bytes: [0x00, 0x61, 0x73, 0x6d] },
  { kind: 'a Windows program', bytes: [0x4d, 0x5a, 0x90, 0x00] },
  { kind: 'a zip archive', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { kind: 'a zip archive', bytes: [0x50, 0x4b, 0x05, 0x06] },
  { kind: 'an xz archive', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { kind: 'a zstd archive', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { kind: 'a 7z archive', bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { kind: 'a rar archive', bytes: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] },
  { kind: 'an HDF5 file', bytes: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] },
  { kind: 'a NumPy file', bytes: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] },
  // Protocol 4 and 5 begin with a frame, opcode 0x95.
  { kind: 'a pickle', bytes: [0x80, 0x04, 0x95] },
  { kind: 'a pickle', bytes: [0x80, 0x05, 0x95] },
];

/** Too short to be told from numbers: only where a text is expected. */
const shortMagics: typeof magics = [
  { kind: 'a pickle', bytes: [0x80, 0x02] },
  { kind: 'a pickle', bytes: [0x80, 0x03] },
  { kind: 'a gzip archive', bytes: [0x1f, 0x8b] },
  { kind: 'a script', bytes: [0x23, 0x21] },
];

/** Bytes of a file's beginning that are looked at. */
export const HEAD_BYTES = 16;

/** @returns what the file is, where it may not be one; undefined: nothing known */
export const forbiddenKind = (head: Uint8Array, expected: 'text' | 'data'): string | undefined => {
  const all = expected === 'text' ? [...magics, ...shortMagics] : magics;
  return all.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte))?.kind;
};

/** Lists and objects of JSON within each other. */
const DEPTH_LIMIT = 64;

/** @returns what is wrong with a JSON text; undefined: nothing */
export const jsonFault = (text: string): string | undefined => {
  if (isTooDeep(text)) return `must not nest deeper than ${DEPTH_LIMIT}`;
  try {
    JSON.parse(text);
    return undefined;
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message.slice(0, 200) : 'it cannot be read';
    return `must be JSON: ${reason}`;
  }
};

/** Before it is parsed, so that no parser of ours or of others is led down a million lists. */
const isTooDeep = (text: string): boolean => {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inText) {
      if (unit === BACKSLASH) at++;
      else if (unit === QUOTE) inText = false;
    } else if (unit === QUOTE) inText = true;
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      if (++depth > DEPTH_LIMIT) return true;
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth--;
  }
  return false;
};
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
