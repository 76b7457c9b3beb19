/** What the smoke function does: streams the model into a process of its own, and tells what became of it. */
import type { SmokeReport, SmokeRequest } from '../contract.ts';
import { encodeChildHeader, GO } from '../domain/smoke-message.ts';
import type { Download, SmokeProcess } from '../ports.ts';

export interface SmokePorts {
  readonly start: (limits: SmokeRequest['limits']) => SmokeProcess;
  readonly download: (url: string, limitBytes: number, into: SmokeProcess['stdin']) => Promise<Download>;
}

export const smoke =
  ({ start, download }: SmokePorts) =>
  async (request: SmokeRequest): Promise<SmokeReport> => {
    const { url, sha256, sizeBytes, signature, limits } = request;
    const process = start(limits);
    try {
      process.stdin.write(encodeChildHeader({ signature, sizeBytes, memoryBytes: limits.memoryBytes }));
      const downloaded = await download(url, sizeBytes, process.stdin);
      if (downloaded.state === 'closed') return await process.report;
      if (downloaded.state === 'too_large') return mismatch(`the file must have ${sizeBytes} bytes, got more`);
      if (downloaded.sizeBytes !== sizeBytes) {
        return mismatch(`the file must have ${sizeBytes} bytes, got ${downloaded.sizeBytes}`);
      }
      if (downloaded.sha256 !== sha256) {
        return mismatch(`the file must have the SHA-256 ${sha256}, got ${downloaded.sha256}`);
      }
      process.begin();
      process.stdin.end(Uint8Array.of(GO));
      return await process.report;
    } finally {
      process.kill();
    }
  };

const mismatch = (message: string): SmokeReport => ({ ok: false, rule: 'hash_mismatch', message });
