// Every operator that is compiled, by domain and name.
import type { GraphNode } from './graph-node.ts';
import {
  lowerBinarizer,
  lowerBinary,
  lowerCast,
  lowerClip,
  lowerGelu,
  lowerIsNaN,
  lowerNot,
  lowerUnary,
  lowerVariadic,
  lowerWhere,
} from './lower-elementwise.ts';
import { lowerGemm, lowerLinearClassifier, lowerLinearRegressor, lowerMatMul } from './lower-linear.ts';
import { lowerArrayFeatureExtractor, lowerGather, lowerSlice, lowerSplit } from './lower-pick.ts';
import {
  lowerBatchNormalization,
  lowerImputer,
  lowerLabelEncoder,
  lowerOneHotEncoder,
  lowerScaler,
} from './lower-prepare.ts';
import { lowerArg, lowerNormalizer, lowerReduce, lowerSoftmax } from './lower-reduce.ts';
import {
  lowerConcat,
  lowerConstant,
  lowerConstantOfShape,
  lowerExpand,
  lowerFeatureVectorizer,
  lowerFlatten,
  lowerIdentity,
  lowerReshape,
  lowerShape,
  lowerSqueeze,
  lowerTranspose,
  lowerUnsqueeze,
} from './lower-shape.ts';
import { lowerTreeClassifier, lowerTreeEnsemble, lowerTreeRegressor } from './lower-trees.ts';
import type { Lowering } from './lowering.ts';

/** Turns a node into steps, and binds its outputs. @throws Unsupported */
export type Lower = (node: GraphNode, lowering: Lowering) => void;

const all = <T extends Lower>(lower: T, ...names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, lower]));

const general: Readonly<Record<string, Lower>> = {
  ...all(lowerUnary, 'Relu', 'Sigmoid', 'Tanh', 'LeakyRelu', 'Elu', 'Selu', 'HardSigmoid', 'Softplus', 'Softsign'),
  ...all(lowerUnary, 'Erf', 'Exp', 'Log', 'Sqrt', 'Abs', 'Neg', 'Reciprocal', 'Floor', 'Ceil', 'Sign'),
  ...all(lowerBinary, 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'PRelu'),
  ...all(lowerBinary, 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal', 'And', 'Or', 'Xor'),
  ...all(lowerVariadic, 'Sum', 'Min', 'Max'),
  ...all(lowerReduce, 'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2'),
  ...all(lowerReduce, 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp'),
  ...all(lowerArg, 'ArgMax', 'ArgMin'),
  ...all(lowerSoftmax, 'Softmax', 'LogSoftmax'),
  ...all(lowerIdentity, 'Identity', 'Dropout'),
  BatchNormalization: lowerBatchNormalization,
  Cast: lowerCast,
  Clip: lowerClip,
  Concat: lowerConcat,
  Constant: lowerConstant,
  ConstantOfShape: lowerConstantOfShape,
  Expand: lowerExpand,
  Flatten: lowerFlatten,
  Gather: lowerGather,
  Gelu: lowerGelu,
  Gemm: lowerGemm,
  IsNaN: lowerIsNaN,
  MatMul: lowerMatMul,
  Not: lowerNot,
  Reshape: lowerReshape,
  Shape: lowerShape,
  Slice: lowerSlice,
  Split: lowerSplit,
  Squeeze: lowerSqueeze,
  Transpose: lowerTranspose,
  Unsqueeze: lowerUnsqueeze,
  Where: lowerWhere,
};

const machineLearning: Readonly<Record<string, Lower>> = {
  ArrayFeatureExtractor: lowerArrayFeatureExtractor,
  Binarizer: lowerBinarizer,
  FeatureVectorizer: lowerFeatureVectorizer,
  Imputer: lowerImputer,
  LabelEncoder: lowerLabelEncoder,
  LinearClassifier: lowerLinearClassifier,
  LinearRegressor: lowerLinearRegressor,
  Normalizer: lowerNormalizer,
  OneHotEncoder: lowerOneHotEncoder,
  Scaler: lowerScaler,
  TreeEnsemble: lowerTreeEnsemble,
  TreeEnsembleClassifier: lowerTreeClassifier,
  TreeEnsembleRegressor: lowerTreeRegressor,
};

/** Domain → operators of it. */
export const operators: Readonly<Record<string, Readonly<Record<string, Lower>>>> = {
  '': general,
  'ai.onnx.ml': machineLearning,
};
