// The process beside the server that finds out whether a model keeps rows apart. What the graph says is told before any
// code of the runtime has run: whatever the model does to this process then, it cannot take that back.
import * as z from 'zod';
import { proveRowWise } from '../../shared/onnx/row-wise/prove-row-wise.ts';
import { onnxruntime } from '../adapters/onnxruntime.ts';
import { checkRowsAlike, type RowCheck } from '../domain/coalesce-check.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import { proveHeader } from './child-messages.ts';
import { frameReader } from './frames.ts';
import { readModelFile } from './read-model-file.ts';
import { writeFrame } from './write-frame.ts';

const SEED = 1;

const tryRows = async (model: Uint8Array): Promise<RowCheck> => {
  try {
    return await checkRowsAlike(await onnxruntime({ threadCount: 1 }).load(model), SEED);
  } catch (fault) {
    if (fault instanceof ModelRefusal) return { alike: false, reason: fault.message };
    throw fault;
  }
};

const prove = async (header: unknown) => {
  const model = await readModelFile(proveHeader.parse(header).model);
  const graph = proveRowWise(model);
  if (!graph.rowWise) {
    return writeFrame({ kind: 'graph', rowWise: false, reason: graph.reason.slice(0, 2000) });
  }
  writeFrame({ kind: 'graph', rowWise: true });
  const trial = await tryRows(model);
  writeFrame({
    kind: 'trial',
    alike: trial.alike,
    exact: trial.alike && trial.exact,
    ...(trial.alike ? {} : { reason: trial.reason.slice(0, 2000) }),
  });
};

const main = async () => {
  const read = frameReader(1_048_576);
  for await (const chunk of process.stdin) {
    const [frame] = read(z.instanceof(Buffer).parse(chunk));
    if (frame) return prove(frame.header);
  }
};

main().then(
  () => process.exit(0),
  (fault: unknown) => {
    process.stderr.write(fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault));
    process.exit(1);
  },
);
