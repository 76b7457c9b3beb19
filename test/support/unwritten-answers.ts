// Runs a model that leaves its output unwritten, between calls with numbers of their own, in a process of its own, and
// prints how many answers held anything: `node unwritten-answers.ts`.
import { onnxruntime } from '../../lambdas/inference/adapters/onnxruntime.ts';
import { unwrittenCell } from '../hostile/attacks/unwritten-cell.ts';

const CALL_COUNT = 100;
const floats = (values: Float32Array) => new Uint8Array(values.buffer);
const called = (steps: number, rows: number) => [
  { name: 'x', datatype: 'FP32' as const, shape: [steps, 1, 2], data: floats(new Float32Array(steps * 2).fill(4242)) },
  {
    name: 'others',
    datatype: 'FP32' as const,
    shape: [rows, 64],
    data: floats(new Float32Array(rows * 64).fill(4242)),
  },
];

const session = await onnxruntime({ threadCount: 1 }).load(unwrittenCell());
let dirtyCount = 0;
for (let i = 0; i < CALL_COUNT; i++) {
  await session.run(called(1, 1 + (i % 7)), ['y', 'sum']);
  const [answer] = await session.run(called(0, 1), ['y']);
  if (answer?.data.some((byte) => byte !== 0)) dirtyCount++;
}
process.stdout.write(`${dirtyCount}\n`);
process.exit(0);
