// An LSTM's last cell state, which onnxruntime leaves unwritten where the sequence has no length; honest models have
// that output. Beside it a sum that takes and gives memory.
import { attr, floats, modelOf, node, value } from '../graph-writer.ts';

const HIDDEN = 64;
const filled = (name: string, dims: readonly number[]) =>
  floats(name, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(0.1), [...dims]);

/** x [steps, 1, 2] → y [1, 1, 64]; others [n, 64] → sum [n, 64]. */
export const unwrittenCell = (): Uint8Array =>
  modelOf({
    inputs: [value('x', 'float', ['steps', 1, 2]), value('others', 'float', ['n', HIDDEN])],
    outputs: [value('y', 'float'), value('sum', 'float')],
    nodes: [
      node('LSTM', ['x', 'w', 'r'], ['', '', 'y'], [attr.int('hidden_size', HIDDEN)]),
      node('Relu', ['others'], ['positive']),
      node('Add', ['positive', 'positive'], ['sum']),
    ],
    initializers: [filled('w', [1, 4 * HIDDEN, 2]), filled('r', [1, 4 * HIDDEN, HIDDEN])],
  });
