// A scanned model as it is served: the ZipMaps at its end replaced, so that every output is a tensor.
import { type Edit, editedSize, splice } from './edit-bytes.ts';
import { createModelScan } from './scan-model.ts';

/**
 * @param model - one that the scan accepts
 * @returns the same bytes where there is nothing to cut
 * @throws Error when the scan refuses it
 */
export const cutZipMaps = (model: Uint8Array): Uint8Array => {
  const scan = createModelScan();
  scan.push(model);
  const report = scan.finish();
  if (!report.ok) throw new Error(`only a scanned model is cut, got one refused for '${report.rejection.rule}'`);
  return report.edits.length === 0 ? model : applyEdits(model, report.edits);
};

const applyEdits = (model: Uint8Array, edits: readonly Edit[]): Uint8Array => {
  const edited = new Uint8Array(editedSize(model.length, edits));
  let at = 0;
  for (const part of splice(edits).push(model)) {
    edited.set(part, at);
    at += part.length;
  }
  return edited;
};
