// The process beside inference-smoke that loads and runs the model: stdin gives header, model and go-ahead, file
// descriptor 3 takes the report.
import { writeSync } from 'node:fs';
import { onnxruntime } from '../adapters/onnxruntime.ts';
import { peakResidentBytes } from '../adapters/process-memory.ts';
import { childHeader, GO } from '../domain/smoke-message.ts';
import { tryModel } from '../domain/try-model.ts';

const REPORT_FD = 3;

/** Hands out the stream's bytes by count, each copied once. */
const byteReader = (stream: AsyncIterable<Uint8Array>) => {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return async (count: number): Promise<Buffer | undefined> => {
    const bytes = Buffer.allocUnsafeSlow(count);
    for (let at = 0; at < count; ) {
      if (rest.length === 0) {
        const next = await chunks.next();
        if (next.done) return undefined;
        rest = next.value;
      }
      const taken = rest.subarray(0, count - at);
      bytes.set(taken, at);
      at += taken.length;
      rest = rest.subarray(taken.length);
    }
    return bytes;
  };
};

/** @returns undefined when the parent has thought better of it */
const readInput = async () => {
  const read = byteReader(process.stdin);
  const length = await read(4);
  const json = length && (await read(length.readUInt32LE(0)));
  if (!json) return undefined;
  const header = childHeader.parse(JSON.parse(json.toString('utf8')));
  const model = await read(header.sizeBytes);
  const go = await read(1);
  return model && go?.[0] === GO ? { header, model } : undefined;
};

const main = async () => {
  const input = await readInput();
  if (!input) return;
  const report = await tryModel(input.model, input.header.signature, {
    // One thread, as the smallest lane has: the times are that lane's.
    runtime: onnxruntime({ threadCount: 1 }),
    nowMs: () => performance.now(),
    peakBytes: () => peakResidentBytes('self') ?? process.resourceUsage().maxRSS * 1024,
    memoryBytes: input.header.memoryBytes,
  });
  writeReport(Buffer.from(JSON.stringify(report)));
};

const writeReport = (bytes: Uint8Array) => {
  for (let at = 0; at < bytes.length; ) at += writeSync(REPORT_FD, bytes, at);
};

main().then(
  () => process.exit(0),
  (fault: unknown) => {
    process.stderr.write(fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault));
    process.exit(1);
  },
);
