// Metadata: only how much of it there is matters.
import type { ScanContext } from './scan-context.ts';
import type { Sink } from './sink.ts';

export const entrySink = (scan: ScanContext): Sink => {
  scan.countMetadata();
  return {};
};
