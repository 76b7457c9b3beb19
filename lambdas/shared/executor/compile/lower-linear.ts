// Products with constant matrices: MatMul, Gemm, LinearRegressor, LinearClassifier.

import { postTransforms } from '../forest-form.ts';
import { packWeights } from '../kernels/dense.ts';
import type { ElementType, Extent, FloatArray } from '../plan.ts';
import type { GraphNode } from './graph-node.ts';
import { rowsAndColumns } from './lower-trees.ts';
import { type Constant, countIn, type Lowering, type Operand } from './lowering.ts';
import { need } from './unsupported.ts';

/** onnxruntime packs constant matrices in blocks of so many of the inner dimension, and sums block after block. */
const PACKED_BLOCK = 256;

interface Product {
  readonly input: Operand;
  readonly type: 'FP32' | 'FP64';
  readonly rows: Extent;
  readonly inner: number;
  readonly columns: number;
  /** [inner × columns] */
  readonly matrix: FloatArray;
  /** [columns], or empty. */
  readonly bias: FloatArray;
  readonly dims: readonly Extent[];
  readonly blockSize: number;
  /** [columns × inner]: how a single row is multiplied. */
  readonly byRow?: Float32Array;
}

const emitProduct = (lowering: Lowering, product: Product): Operand => {
  const { matrix, bias, inner, columns } = product;
  return lowering.emitOne({
    op: 'dense',
    in: [product.input],
    params: {
      rows: product.rows,
      inner,
      columns,
      blockSize: product.blockSize,
      weights: packWeights(matrix, inner, columns),
      bias,
      ...(product.byRow ? { byRow: product.byRow } : {}),
    },
    out: [{ type: product.type, dims: product.dims }],
    cost: inner,
    exact: false,
  });
};

const floatConstant = (
  node: GraphNode,
  operand: Operand | undefined,
  type: ElementType,
  what: string,
): Constant & { data: FloatArray } => {
  need(operand?.kind === 'constant', `${node.op}: ${what} that is known only when running`);
  need(operand.type === type && (type === 'FP32' || type === 'FP64'), `${node.op}: ${what} of type ${operand.type}`);
  return operand as Constant & { data: FloatArray };
};

const emptyOf = (type: ElementType): FloatArray => (type === 'FP64' ? new Float64Array(0) : new Float32Array(0));

export const lowerMatMul = (node: GraphNode, lowering: Lowering): void => {
  const input = lowering.find(node.inputs[0]);
  need(input && input.dims.length >= 1, `${node.op}: a left operand without dimensions`);
  const { type } = input;
  need(type === 'FP32' || type === 'FP64', `${node.op}: of type ${type}`);
  const matrix = floatConstant(node, lowering.find(node.inputs[1]), type, 'a right operand');
  need(matrix.dims.length === 2, `${node.op}: by ${matrix.dims.length} dimensions`);
  const [inner = 0, columns = 0] = matrix.dims;
  need(input.dims.at(-1) === inner && inner > 0, `${node.op}: ${input.dims.at(-1)} columns by ${inner} rows`);
  const outer = input.dims.slice(0, -1);
  const dims = [...outer, columns];
  const rows = countIn(outer, node.op);
  const product = {
    input,
    type,
    rows,
    inner,
    columns,
    matrix: matrix.data,
    bias: emptyOf(type),
    dims,
    blockSize: PACKED_BLOCK,
  };
  lowering.bind(node.outputs[0], emitProduct(lowering, product));
};

const transposed = <T extends FloatArray>(matrix: T, rows: number, columns: number): T => {
  const turned = matrix.slice() as T;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j] as number;
  return turned;
};

export const lowerGemm = (node: GraphNode, lowering: Lowering): void => {
  const input = lowering.find(node.inputs[0]);
  need(input?.dims.length === 2, `${node.op}: a left operand that is no matrix`);
  const { type } = input;
  need(type === 'FP32' || type === 'FP64', `${node.op}: of type ${type}`);
  need(node.int('transA', 0) === 0, `${node.op}: transA`);
  need(node.float('alpha', 1) === 1, `${node.op}: alpha ${node.float('alpha', 1)}`);
  const matrix = floatConstant(node, lowering.find(node.inputs[1]), type, 'a right operand');
  need(matrix.dims.length === 2, `${node.op}: a matrix of ${matrix.dims.length} dimensions`);
  const isTurned = node.int('transB', 0) !== 0;
  const [first = 0, second = 0] = matrix.dims;
  const [inner, columns] = isTurned ? [second, first] : [first, second];
  const [rows = 1, width = 0] = input.dims;
  need(width === inner && inner > 0, `${node.op}: ${width} columns by ${inner} rows`);
  const bias = biasOf(node, lowering, type, columns);
  const data = isTurned ? transposed(matrix.data, columns, inner) : matrix.data;
  const product = {
    input,
    type,
    rows,
    inner,
    columns,
    matrix: data,
    bias,
    dims: [rows, columns],
    blockSize: PACKED_BLOCK,
  };
  lowering.bind(node.outputs[0], emitProduct(lowering, product));
};

const biasOf = (node: GraphNode, lowering: Lowering, type: ElementType, columns: number): FloatArray => {
  const bias = lowering.find(node.inputs[2]);
  const beta = node.float('beta', 1);
  if (!bias || beta === 0) return emptyOf(type);
  need(beta === 1, `${node.op}: beta ${beta}`);
  const { data, dims } = floatConstant(node, bias, type, 'a bias');
  need(
    dims.slice(0, -1).every((dim) => dim === 1),
    `${node.op}: a bias of ${dims.join(' × ')}`,
  );
  need(data.length === columns || data.length === 1, `${node.op}: a bias of ${data.length} for ${columns} columns`);
  return data.length === columns
    ? data
    : (emptyOf(type).constructor === Float64Array ? new Float64Array(columns) : new Float32Array(columns)).fill(
        data[0] as number,
      );
};

/** Inner block of a product whose matrix onnxruntime does not pack beforehand (MLAS, SgemmOperation). */
const unpackedBlock = (inner: number, columns: number): number => {
  let [strideColumns, strideInner] = [128, 128];
  if (columns >= inner) return strideInner;
  while (strideColumns > 16 && strideColumns / 2 >= columns) {
    strideColumns /= 2;
    strideInner *= 2;
  }
  return strideInner;
};

/** The sums of LinearRegressor and LinearClassifier: of integers and float64, too, in float32. */
const emitLinear = (
  node: GraphNode,
  lowering: Lowering,
  targets: number,
  intercepts: readonly number[],
): { sums: Operand; rows: Extent } => {
  const found = lowering.find(node.inputs[0]);
  need(found, `${node.op}: no input`);
  const { rows, columns: inner } = rowsAndColumns(node, found);
  const input = asFloat(lowering, found);
  const coefficients = Float32Array.from(node.floats('coefficients') ?? []);
  need(
    targets > 0 && coefficients.length === targets * inner,
    `${node.op}: ${coefficients.length} coefficients for ${targets} × ${inner}`,
  );
  const sums = emitProduct(lowering, {
    input,
    type: 'FP32',
    rows,
    inner,
    columns: targets,
    matrix: transposed(coefficients, targets, inner),
    bias: Float32Array.from(intercepts),
    dims: [rows, targets],
    blockSize: unpackedBlock(inner, targets),
    byRow: coefficients,
  });
  return { sums, rows };
};

/** Numbers as float32. */
export const asFloat = (lowering: Lowering, input: Operand): Operand => {
  if (input.type === 'FP32') return input;
  need(input.type !== 'BYTES', 'a number made from a text');
  const size = countIn(input.dims, 'a cast');
  const params = { function: 'ToFloat', size };
  return lowering.emitOne({ op: 'unary', in: [input], params, out: [{ type: 'FP32', dims: input.dims }] });
};

const postOf = (node: GraphNode): string => {
  const post = node.text('post_transform', 'NONE');
  need(
    postTransforms.some((one) => one === post),
    `${node.op}: post_transform '${post}'`,
  );
  return post;
};

export const lowerLinearRegressor = (node: GraphNode, lowering: Lowering): void => {
  const targets = node.int('targets', 1);
  const intercepts = node.floats('intercepts') ?? [];
  need(lowering.find(node.inputs[0])?.type === 'FP32', `${node.op}: an input that is not FP32`);
  const { sums, rows } = emitLinear(node, lowering, targets, intercepts.length === targets ? intercepts : []);
  const post = postOf(node);
  if (post === 'NONE') {
    lowering.bind(node.outputs[0], sums);
    return;
  }
  const params = { rows, classes: targets, post };
  const out = [{ type: 'FP32' as const, dims: [rows, targets] }];
  lowering.bind(
    node.outputs[0],
    lowering.emitOne({ op: 'postTransform', in: [sums], params, out, cost: 20, exact: false }),
  );
};

export const lowerLinearClassifier = (node: GraphNode, lowering: Lowering): void => {
  const intercepts = node.floats('intercepts') ?? [];
  const classes = intercepts.length;
  const texts = node.texts('classlabels_strings') ?? [];
  const integers = node.ints('classlabels_ints') ?? [];
  const { sums, rows } = emitLinear(node, lowering, classes, intercepts);
  const given: readonly (number | string)[] = texts.length > 0 ? texts : integers;
  const second = classes === 1 && given.length === 2;
  // There the runtime leaves half of the scores as the memory was.
  need(!second || postOf(node) !== 'PROBIT', `${node.op}: PROBIT of two classes`);
  need(classes === 1 || given.length === classes, `${node.op}: ${given.length} labels of ${classes} classes`);
  const unnamed = texts.length > 0 ? ['0', '1'] : [0, 1];
  const labels = classes === 1 && given.length !== 2 ? unnamed : given;
  const [label, scores] = lowering.emit({
    op: 'linearScores',
    in: [sums],
    params: {
      rows,
      classes,
      second,
      post: postOf(node),
      labels: texts.length > 0 ? (labels as string[]) : Float64Array.from(labels as number[]),
    },
    out: [
      { type: texts.length > 0 ? 'BYTES' : 'INT64', dims: [rows] },
      { type: 'FP32', dims: [rows, second ? 2 : classes] },
    ],
    cost: 20 * classes,
    exact: false,
  });
  if (label) lowering.bind(node.outputs[0], label);
  if (scores) lowering.bind(node.outputs[1], scores);
};
