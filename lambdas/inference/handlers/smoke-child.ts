// The process beside inference-smoke that loads and runs the model: stdin gives header, model and go-ahead, file
// descriptor 3 takes the report.
import { writeSync } from 'node:fs';
import { unpackCalls } from '../../shared/executor/prove/tensor-pack.ts';
import { onnxruntime } from '../adapters/onnxruntime.ts';
import { type Binding, openBinding } from '../adapters/onnxruntime-binding.ts';
import { ortInPlace, ortWriter } from '../adapters/ort-format.ts';
import { peakResidentBytes } from '../adapters/process-memory.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import { probeModel } from '../domain/probe-model.ts';
import { type ChildProbeReport, childHeader, GO } from '../domain/smoke-message.ts';
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
  const calls = await read(header.probe?.callsBytes ?? 0);
  const compiled = await read(header.probe?.compiledBytes ?? 0);
  const go = await read(1);
  return model && calls && compiled && go?.[0] === GO ? { header, model, calls, compiled } : undefined;
};

type Input = NonNullable<Awaited<ReturnType<typeof readInput>>>;

// One thread, as the smallest lane has: the times are that lane's. Sums over trees depend on how many there are.
const threads = { threadCount: 1 };
const nowMs = () => performance.now();

const tryIt = ({ header, model }: Input) =>
  tryModel(model, header.signature, {
    runtime: onnxruntime(threads),
    nowMs,
    peakBytes: () => peakResidentBytes('self') ?? process.resourceUsage().maxRSS * 1024,
    memoryBytes: header.memoryBytes,
  });

const probeIt = async (
  { header: { signature }, model, calls: packed, compiled }: Input,
  { answerBytes, format, ortFile }: NonNullable<Input['header']['probe']>,
) => {
  const calls = packed.length > 0 ? unpackCalls(packed) : undefined;
  // Before any time is taken: it is the runtime's own, and no model's.
  const binding = openBinding();
  const report = await probeModel(
    { model, signature, calls, compiled: compiled.length > 0 ? compiled : undefined },
    { runtime: onnxruntime(threads, () => (format === 'ort' ? ortInPlace(binding) : binding)), nowMs, answerBytes },
  );
  const refusal =
    report.ok && ortFile !== undefined ? await writeOrt(model, () => ortWriter(ortFile, binding)) : undefined;
  return refusal ?? report;
};

/** @returns why it was not written */
const writeOrt = async (model: Uint8Array, writer: () => Binding): Promise<ChildProbeReport | undefined> => {
  try {
    const session = await onnxruntime(threads, writer).load(model);
    await session.release();
    return undefined;
  } catch (fault) {
    if (!(fault instanceof ModelRefusal)) throw fault;
    return { ok: false, rule: 'load_failed', message: fault.message };
  }
};

const main = async () => {
  const input = await readInput();
  if (!input) return;
  const { probe } = input.header;
  writeReport(Buffer.from(JSON.stringify(probe ? await probeIt(input, probe) : await tryIt(input))));
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
