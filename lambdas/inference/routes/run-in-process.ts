/** Streams files, each checked by its hash, into a process of its own, and waits for what becomes of it. */
import type { SignedFile, SmokeRefusal, SmokeRequest } from '../contract.ts';
import { type ChildHeader, encodeChildHeader, GO } from '../domain/smoke-message.ts';
import type { Download, SmokeProcess } from '../ports.ts';

/** With the largest file that the process may write; absent: none. */
type ProcessLimits = SmokeRequest['limits'] & { readonly fileBytes?: number };

export interface SmokePorts<Report> {
  readonly start: (limits: ProcessLimits) => SmokeProcess<Report>;
  readonly download: (url: string, limitBytes: number, into: SmokeProcess<Report>['stdin']) => Promise<Download>;
}

export const runInProcess = async <Report extends { readonly ok: boolean }>(
  { start, download }: SmokePorts<Report>,
  work: {
    readonly header: ChildHeader;
    readonly limits: ProcessLimits;
    /** In the order that the child reads them. */
    readonly files: readonly SignedFile[];
    /** What is to be done with what it left, once it has ended. */
    readonly collect?: (directory: string) => Promise<void>;
  },
): Promise<Report | SmokeRefusal> => {
  const process = start(work.limits);
  try {
    process.stdin.write(encodeChildHeader(work.header));
    for (const file of work.files) {
      const downloaded = await download(file.url, file.sizeBytes, process.stdin);
      if (downloaded.state === 'closed') return await process.report;
      const difference = differenceOf(file, downloaded);
      if (difference) return { ok: false, rule: 'hash_mismatch', message: `the file must have ${difference}` };
    }
    process.begin();
    process.stdin.end(Uint8Array.of(GO));
    const report = await process.report;
    if (report.ok) await work.collect?.(process.directory);
    return report;
  } finally {
    await process.close();
  }
};

const differenceOf = (
  { sha256, sizeBytes }: SignedFile,
  downloaded: Exclude<Download, { state: 'closed' }>,
): string | undefined => {
  if (downloaded.state === 'too_large') return `${sizeBytes} bytes, got more`;
  if (downloaded.sizeBytes !== sizeBytes) return `${sizeBytes} bytes, got ${downloaded.sizeBytes}`;
  return downloaded.sha256 === sha256 ? undefined : `the SHA-256 ${sha256}, got ${downloaded.sha256}`;
};
