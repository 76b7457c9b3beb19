// Answers that the runtime leaves as the memory was: whatever lay there before, another caller's rows included.
import { type Attack, attacksOf, type HostileCall } from '../attack.ts';
import { secretNumber } from '../canaries.ts';
import { type Attribute, attr, int64s, modelOf, node, value } from '../graph-writer.ts';
import { unwrittenCell } from './unwritten-cell.ts';

/** @param steps - 0: what is answered then is what was never written */
const cell = (steps: number, rows: number): HostileCall => ({
  why: steps === 0 ? 'a sequence of no length' : 'numbers that are another caller’s secret',
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [steps, 1, 2], data: new Array<number>(steps * 2).fill(0) },
    {
      name: 'others',
      datatype: 'FP32',
      shape: [rows, 64],
      data: new Array<number>(rows * 64).fill(steps === 0 ? 0 : secretNumber),
    },
  ],
  outputs: ['y'],
  ends: ['answered'],
});

const rules = ['foreign_memory'] as const;

const classifier = (op: string, attributes: readonly Attribute[]) => () =>
  modelOf({
    nodes: [node(op, ['x'], ['label', 'y'], attributes, 'ai.onnx.ml')],
    outputs: [value('label', 'int64'), value('y', 'float')],
  });

const labels = attr.ints('classlabels_int64s', [0, 1]);
const ints = attr.ints('classlabels_ints', [0, 1]);
const words = attr.texts('classlabels_strings', ['no', 'yes']);
const probit = attr.text('post_transform', 'PROBIT');

const stump = (classIds: readonly number[], ...more: readonly Attribute[]): Attribute[] => [
  attr.ints('nodes_treeids', [0, 0, 0]),
  attr.ints('nodes_nodeids', [0, 1, 2]),
  attr.ints('nodes_featureids', [0, 0, 0]),
  attr.floats('nodes_values', [0.5, 0, 0]),
  attr.texts('nodes_modes', ['BRANCH_LEQ', 'LEAF', 'LEAF']),
  attr.ints('nodes_truenodeids', [1, 0, 0]),
  attr.ints('nodes_falsenodeids', [2, 0, 0]),
  attr.ints(
    'class_treeids',
    classIds.map(() => 0),
  ),
  attr.ints(
    'class_nodeids',
    classIds.map((_, index) => 1 + (index % 2)),
  ),
  attr.ints('class_ids', classIds),
  attr.floats(
    'class_weights',
    classIds.map((_, index) => 0.2 + index / 10),
  ),
  ...more,
];

export const memory: readonly Attack[] = attacksOf('memory', [
  {
    name: 'memory-probit-tree',
    why: 'a forest of two classes with one sum, by PROBIT',
    make: classifier('TreeEnsembleClassifier', stump([1, 1], labels, probit)),
    rules,
  },
  {
    name: 'memory-probit-tree-words',
    why: 'the same with classes that are words',
    make: () =>
      modelOf({
        nodes: [node('TreeEnsembleClassifier', ['x'], ['label', 'y'], stump([1, 1], words, probit), 'ai.onnx.ml')],
        outputs: [value('label', 'string'), value('y', 'float')],
      }),
    rules,
  },
  {
    name: 'memory-probit-tree-both',
    why: 'a forest of two classes, both with sums, by PROBIT',
    make: classifier('TreeEnsembleClassifier', stump([0, 1], labels, probit)),
    rules,
  },
  {
    name: 'memory-one-base',
    why: 'a forest of two classes, both with weights, and one base value',
    make: classifier('TreeEnsembleClassifier', stump([0, 1], labels, attr.floats('base_values', [0.1]))),
    rules,
  },
  {
    name: 'memory-one-base-no-weights',
    why: 'a forest of two classes without any weights, and one base value',
    make: classifier('TreeEnsembleClassifier', stump([], labels, attr.floats('base_values', [0.1]))),
    rules,
  },
  {
    name: 'memory-labels-twice',
    why: 'PROBIT over two classes, and three labels of the other kind to hide it',
    make: classifier(
      'TreeEnsembleClassifier',
      stump([1, 1], words, attr.ints('classlabels_int64s', [0, 1, 2]), probit),
    ),
    rules,
  },
  {
    name: 'memory-in-function',
    why: 'PROBIT that the caller of a function hands in',
    make: () =>
      modelOf({
        nodes: [node('f', ['x'], ['label', 'y'], [attr.text('post', 'PROBIT')], 'mine')],
        outputs: [value('label', 'int64'), value('y', 'float')],
        domains: ['mine'],
        functions: [
          {
            name: 'f',
            domain: 'mine',
            input: ['x'],
            output: ['label', 'y'],
            attribute: ['post'],
            opsetImport: [{ domain: 'ai.onnx.ml', version: 3n }],
            node: [
              node(
                'TreeEnsembleClassifier',
                ['x'],
                ['label', 'y'],
                [...stump([1, 1], labels), attr.fromCaller('post_transform', 'post')],
                'ai.onnx.ml',
              ),
            ],
          },
        ],
      }),
    rules,
  },
  {
    name: 'memory-attribute-twice',
    why: 'two post transforms, of which readers choose',
    make: classifier('TreeEnsembleClassifier', stump([1, 1], labels, attr.text('post_transform', 'NONE'), probit)),
    rules: ['duplicate_name'],
  },
  {
    name: 'memory-empty-sequence',
    why: 'the last state of a sequence of no length, asked for after calls of others',
    make: unwrittenCell,
    calls: Array.from({ length: 12 }, (_, index) => cell(index % 2, 1 + (index % 5))),
  },
  {
    name: 'memory-pad-wrap',
    why: 'a Pad that wraps around more often than there is something to wrap, and reads before its input',
    make: () =>
      modelOf({
        nodes: [node('Pad', ['x', 'pads'], ['y'], [attr.text('mode', 'wrap')])],
        initializers: [int64s('pads', [0, 4_000, 0, 0])],
      }),
    rules,
  },
  {
    name: 'memory-pad-by-caller',
    why: 'the same, as far as the caller says',
    make: () =>
      modelOf({
        nodes: [node('Pad', ['x', 'pads'], ['y'], [attr.text('mode', 'wrap')], 'ai.onnx')],
        inputs: [value('x', 'float', ['n', 2]), value('pads', 'int64', [4])],
      }),
    rules,
  },
  {
    name: 'memory-probit-linear',
    why: 'a linear classifier of two classes with one row of weights, by PROBIT',
    make: classifier('LinearClassifier', [
      ints,
      probit,
      attr.floats('coefficients', [0.1, 0.2]),
      attr.floats('intercepts', [0.1]),
    ]),
    rules,
  },
  {
    name: 'memory-probit-svm',
    why: 'a support vector classifier of two classes, by PROBIT',
    make: classifier('SVMClassifier', [
      ints,
      probit,
      attr.floats('coefficients', [0.5, -0.5]),
      attr.floats('kernel_params', [0.1, 0, 3]),
      attr.text('kernel_type', 'LINEAR'),
      attr.floats('rho', [0.1]),
      attr.floats('support_vectors', [1, 2, 3, 4]),
      attr.ints('vectors_per_class', [1, 1]),
    ]),
    rules,
  },
]);
