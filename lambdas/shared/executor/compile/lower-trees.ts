// TreeEnsembleRegressor, TreeEnsembleClassifier (ai.onnx.ml 1 to 3) and TreeEnsemble (5).
import { aggregates, type PostTransform, postTransforms } from '../forest-form.ts';
import type { ElementType, Parameter } from '../plan.ts';
import { buildForest } from './build-forest.ts';
import type { GraphNode } from './graph-node.ts';
import { countIn, type Lowering, type Operand } from './lowering.ts';
import { readTreeEnsemble } from './read-tree-ensemble.ts';
import { floatsIn, readTreesByNode } from './read-trees-by-node.ts';
import type { TreeSource } from './tree-source.ts';
import { need } from './unsupported.ts';

type Ensemble = Readonly<Record<string, Parameter>>;

const postOf = (node: GraphNode): PostTransform => {
  const post = node.text('post_transform', 'NONE');
  const known = postTransforms.find((one) => one === post);
  need(known, `${node.op}: post_transform '${post}'`);
  return known;
};

/** Rows and columns of what a row operator takes: one dimension is one row. */
export const rowsAndColumns = (node: GraphNode, input: Operand): { rows: number; columns: number } => {
  need(input.dims.length === 1 || input.dims.length === 2, `${node.op}: an input of ${input.dims.length} dimensions`);
  const [first = 1, second = 1] = input.dims;
  const rows = input.dims.length === 1 ? 1 : first;
  const columns = input.dims.length === 1 ? first : second;
  need(columns > 0, `${node.op}: an input whose number of columns is open`);
  return { rows, columns };
};

interface Emit {
  readonly node: GraphNode;
  readonly lowering: Lowering;
  readonly input: Operand;
  readonly source: TreeSource;
  readonly params: Ensemble;
  readonly scores: ElementType;
  readonly labels?: ElementType;
}

const emitForest = ({ node, lowering, input, source, params, scores, labels }: Emit): void => {
  // Of one dimension the runtime takes one feature only.
  need(input.dims.length === 2, `${node.op}: an input of ${input.dims.length} dimensions`);
  const { rows, columns } = rowsAndColumns(node, input);
  const built = buildForest(source);
  need(built.highestFeature < columns, `${node.op}: feature ${built.highestFeature} of ${columns}`);
  const { targets } = source;
  const outputs = lowering.emit({
    op: 'forest',
    in: [input],
    params: { ...built.params, ...params, rows, columns },
    out: [...(labels ? [{ type: labels, dims: [rows] }] : []), { type: scores, dims: [rows, targets] }],
    cost: built.workPerRow / (labels ? 1 : targets),
    exact: params.post === 'NONE' || (targets === 1 && params.post !== 'PROBIT'),
  });
  countIn([rows], node.op);
  for (const [index, output] of outputs.entries()) {
    // A label is chosen before the scores are transformed.
    const isLabel = labels !== undefined && index === 0;
    const exact = isLabel && input.kind === 'value' ? input.exact : output.kind === 'value' && output.exact;
    lowering.bind(node.outputs[index], output.kind === 'value' ? { ...output, exact } : output);
  }
};

const inputOf = (node: GraphNode, lowering: Lowering, types: readonly ElementType[]): Operand => {
  const input = lowering.find(node.inputs[0]);
  need(input, `${node.op}: no input`);
  need(types.includes(input.type), `${node.op}: an input of type ${input.type}`);
  return input;
};

const arrayOf = (double: boolean, values: readonly number[]) =>
  double ? Float64Array.from(values) : Float32Array.from(values);

export const lowerTreeRegressor = (node: GraphNode, lowering: Lowering): void => {
  const input = inputOf(node, lowering, ['FP32', 'FP64']);
  const double = input.type === 'FP64';
  const targets = node.int('n_targets', 0);
  const source = readTreesByNode(node, { double, prefix: 'target', targets });
  const aggregate = node.text('aggregate_function', 'SUM');
  need(
    aggregates.some((one) => one === aggregate),
    `${node.op}: aggregate_function '${aggregate}'`,
  );
  const base = floatsIn(node, 'base_values', double) ?? [];
  need(base.length === 0 || base.length === targets, `${node.op}: ${base.length} base values`);
  const params = { kind: 'regressor', aggregate, post: postOf(node), base: arrayOf(double, base) };
  emitForest({ node, lowering, input, source, params, scores: 'FP32' });
};

export const lowerTreeClassifier = (node: GraphNode, lowering: Lowering): void => {
  const input = inputOf(node, lowering, ['FP32', 'FP64', 'INT64', 'INT32']);
  const double = input.type === 'FP64';
  const texts = node.texts('classlabels_strings') ?? [];
  const integers = node.ints('classlabels_int64s') ?? [];
  const targets = texts.length > 0 ? texts.length : integers.length;
  need(targets >= 2, `${node.op}: ${targets} classes`);
  const source = readTreesByNode(node, { double, prefix: 'class', targets });
  const ids = new Set(node.ints('class_ids') ?? []);
  const binary = targets === 2 && ids.size === 1;
  const positive = (floatsIn(node, 'class_weights', double) ?? []).every((weight) => !(weight < 0));
  const base = floatsIn(node, 'base_values', double) ?? [];
  const post = postOf(node);
  need(
    targets === 2 ? base.length <= 2 : base.length === 0 || base.length === targets,
    `${node.op}: ${base.length} base values`,
  );
  // There the runtime leaves the second score as the memory was.
  need(targets > 2 || base.length === 2 || post !== 'PROBIT', `${node.op}: PROBIT of two classes`);
  need(targets > 2 || base.length !== 1 || binary, `${node.op}: one base value for two classes`);
  // Where both classes have weights, the runtime's label is 1 or 0 whatever the classes are called.
  const labels = texts.length > 0 ? texts : Float64Array.from(targets === 2 && !binary ? [0, 1] : integers);
  const params = {
    kind: 'classifier',
    aggregate: 'SUM',
    post,
    base: arrayOf(double, base),
    labels,
    binary,
    positive,
  };
  emitForest({ node, lowering, input, source, params, scores: 'FP32', labels: texts.length > 0 ? 'BYTES' : 'INT64' });
};

export const lowerTreeEnsemble = (node: GraphNode, lowering: Lowering): void => {
  const input = inputOf(node, lowering, ['FP32', 'FP64']);
  const double = input.type === 'FP64';
  const source = readTreeEnsemble(node, double);
  const aggregate = aggregates[node.int('aggregate_function', 1)];
  // The runtime's numbers: it takes 1 for LOGISTIC and 2 for SOFTMAX, which the specification has the other way round.
  const post = (['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO', 'PROBIT'] as const)[node.int('post_transform', 0)];
  need(aggregate && post, `${node.op}: an aggregate or transform of no name`);
  const params = { kind: 'regressor', aggregate, post, base: arrayOf(double, []) };
  emitForest({ node, lowering, input, source, params, scores: input.type });
};
