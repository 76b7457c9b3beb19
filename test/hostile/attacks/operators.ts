// Operators that are not ONNX's own, and results that the protocol cannot carry.
import { attribute, block, func, graph, int, model, node, text } from '../../support/onnx-builder.ts';
import { type Attack, attacksOf } from '../attack.ts';
import { attr, floats, modelOf, node as op, value } from '../graph-writer.ts';

const foreign = (opType: string, domain: string) => () => model(graph([node({ op: opType, domain })]));
const zipMap = () =>
  modelOf({
    nodes: [op('ZipMap', ['x'], ['y'], [attr.ints('classlabels_int64s', [0, 1])], 'ai.onnx.ml')],
    outputs: [{ name: 'y' }],
  });

export const operators: readonly Attack[] = attacksOf('operators', [
  {
    name: 'op-custom',
    why: 'an operator of a library that the runtime would have to load',
    make: foreign('Evil', 'com.evil'),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-contrib',
    why: 'an operator of com.microsoft',
    make: foreign('FusedGemm', 'com.microsoft'),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-ep-context',
    why: 'EPContext, which loads what a file names',
    make: foreign('EPContext', 'com.microsoft'),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-nchwc',
    why: 'an operator that only the optimiser makes',
    make: foreign('Conv', 'com.microsoft.nchwc'),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-aten',
    why: 'ATen, which calls into PyTorch',
    make: foreign('ATen', 'org.pytorch.aten'),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-in-branch',
    why: 'such an operator in a branch',
    make: () =>
      model(
        graph([
          node({
            op: 'If',
            attributes: [attribute('then_branch', block(6, graph([node({ op: 'Evil', domain: 'com.evil' })])))],
          }),
        ]),
      ),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-in-function',
    why: 'such an operator in a function that nobody calls',
    make: () => model(graph(), block(25, func('f', [node({ op: 'EPContext', domain: 'com.microsoft' })]))),
    rules: ['unknown_domain'],
  },
  {
    name: 'op-unknown',
    why: 'an operator that ONNX does not have',
    make: () => model(graph([node({ op: 'PyOp' })])),
    rules: ['load_failed'],
  },
  {
    name: 'op-nameless',
    why: 'an operator without a name',
    make: () => model(graph([node({ op: '' })])),
    rules: ['invalid_name'],
  },
  {
    name: 'op-opset-99',
    why: 'an operator set of the future',
    make: () => Uint8Array.from([...int(1, 10), ...block(8, text(1, ''), int(2, 99)), ...block(7, graph())]),
    rules: ['unsupported_opset'],
  },
  {
    name: 'op-ir-99',
    why: 'a format of the future',
    make: () => Uint8Array.from([...int(1, 99), ...block(8, text(1, ''), int(2, 21)), ...block(7, graph())]),
    rules: ['unsupported_ir'],
  },
  {
    name: 'op-sequence-output',
    why: 'an output that is a sequence',
    make: () => model(graph([node({ op: 'SequenceConstruct' })])),
    rules: ['load_failed'],
  },
  {
    name: 'op-zipmap-undeclared',
    why: 'a map whose type is not told, which is cut',
    make: zipMap,
    calls: [
      {
        why: 'the matrix that is left of it',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }],
        ends: ['answered'],
      },
    ],
  },
  {
    name: 'op-complex',
    why: 'complex numbers',
    make: () =>
      modelOf({
        nodes: [op('Identity', ['x'], ['y'])],
        inputs: [value('x', 'complex64', ['n'])],
        outputs: [value('y', 'complex64', ['n'])],
      }),
    rules: ['unsupported_type'],
  },
  {
    name: 'op-signature-lies',
    why: 'an output declared as another type than it is',
    make: () => modelOf({ nodes: [op('Identity', ['x'], ['y'])], outputs: [value('y', 'int64', ['n', 2])] }),
    rules: ['load_failed', 'signature_differs'],
  },
  {
    name: 'op-shape-lies',
    why: 'an output declared with another shape than it has',
    make: () =>
      modelOf({
        nodes: [op('Concat', ['x', 'x'], ['y'], [attr.int('axis', 1)])],
        outputs: [value('y', 'float', [1, 1])],
      }),
    calls: [
      {
        why: 'two rows, which make eight numbers where one is declared',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] }],
        ends: ['answered', 'model_failed'],
      },
    ],
  },
  {
    name: 'op-circle',
    why: 'nodes that wait for each other',
    make: () =>
      modelOf({ nodes: [op('Add', ['x', 'b'], ['a']), op('Add', ['a', 'x'], ['b']), op('Identity', ['b'], ['y'])] }),
    rules: ['load_failed'],
  },
  {
    name: 'op-input-missing',
    why: 'a node whose input is nowhere',
    make: () => modelOf({ nodes: [op('Add', ['x', 'nowhere'], ['y'])], initializers: [floats('w', [1])] }),
    rules: ['load_failed'],
  },
]);
