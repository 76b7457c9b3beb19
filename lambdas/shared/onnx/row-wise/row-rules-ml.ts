// Rules of ai.onnx.ml's operators that keep rows apart. Most of them take one dimension for one row of columns, so two are
// asked for.
import { keepsShape, type RowRule } from './row-rules.ts';
import { rowsOf } from './row-value.ts';

const scores: RowRule = (node) => {
  node.rowsOfRank(0, 2);
  node.onlyFirstOutput();
  return rowsOf([undefined]);
};

/** A label, and a score a class. */
const classifies: RowRule = (node) => {
  node.rowsOfRank(0, 2);
  return [rowsOf([]), rowsOf([undefined])];
};

const preparesColumns: RowRule = (node) => {
  node.onlyFirstOutput();
  return node.rowsOfRank(0, 2);
};

const oneHot: RowRule = (node) => rowsOf([...node.rows(0).rest, undefined]);

const picksColumns: RowRule = (node) => {
  node.rowsOfRank(0, 2);
  node.constant(1);
  return rowsOf([undefined]);
};

const joinsColumns: RowRule = (node) => {
  for (const index of node.inputs.keys()) node.rowsOfRank(index, 2);
  return rowsOf([undefined]);
};

export const mlRules: Readonly<Record<string, RowRule>> = {
  ArrayFeatureExtractor: picksColumns,
  Binarizer: keepsShape,
  CategoryMapper: keepsShape,
  FeatureVectorizer: joinsColumns,
  Imputer: preparesColumns,
  LabelEncoder: keepsShape,
  LinearClassifier: classifies,
  LinearRegressor: scores,
  Normalizer: preparesColumns,
  OneHotEncoder: oneHot,
  SVMClassifier: classifies,
  SVMRegressor: scores,
  Scaler: preparesColumns,
  TreeEnsemble: scores,
  TreeEnsembleClassifier: classifies,
  TreeEnsembleRegressor: scores,
};
