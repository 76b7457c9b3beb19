// Replaces stretches of a file as it streams by.

/** Bytes `start` to `end` of the file give way to `bytes`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Size of the file once edited. */
export const editedSize = (sizeBytes: number, edits: readonly Edit[]): number =>
  edits.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), sizeBytes);

/**
 * Takes the file's chunks in turn and gives what each becomes.
 * @param edits - in file order, apart from each other, each replacing a byte at least
 */
export const splice = (edits: readonly Edit[]): { push(chunk: Uint8Array): Uint8Array[] } => {
  let offset = 0;
  let next = 0;
  return {
    push: (chunk) => {
      const parts: Uint8Array[] = [];
      const end = offset + chunk.length;
      for (let at = offset; at < end; ) {
        const edit = edits[next];
        const keepTo = Math.min(edit?.start ?? end, end);
        if (keepTo > at) parts.push(chunk.subarray(at - offset, keepTo - offset));
        if (!edit || edit.start >= end) break;
        if (edit.start >= at) parts.push(edit.bytes);
        at = Math.min(edit.end, end);
        if (edit.end <= end) next++;
      }
      offset = end;
      return parts;
    },
  };
};
