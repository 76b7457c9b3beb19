// A catalogue as it may grow: names, words, tags, prices and signatures whose frequencies fall as in life (Zipf).
import { type SearchDocument, weighWords } from '../../lambdas/registry/domain/search/search-document.ts';
import { writeSignature } from '../../lambdas/registry/domain/search/signature-query.ts';
import { uniform } from '../seeded.ts';

export const tasks = [
  'tabular-classification',
  'tabular-regression',
  'image-classification',
  'object-detection',
  'text-classification',
  'token-classification',
  'speech-recognition',
  'audio-classification',
  'time-series-forecasting',
  'translation',
  'feature-extraction',
  'image-segmentation',
  'anomaly-detection',
  'recommendation',
  'question-answering',
  'voice-activity-detection',
  'optical-character-recognition',
  'fill-mask',
  'sentence-similarity',
  'survival-analysis',
];
const licenses = [
  'Apache-2.0',
  'MIT',
  'CC-BY-4.0',
  'BSD-3-Clause',
  'CC-BY-NC-4.0',
  'GPL-3.0-only',
  'OpenRAIL',
  'CC0-1.0',
  'LGPL-3.0-only',
  'Proprietary',
];
const stems =
  'iris flower wine house credit fraud churn heart breast cancer diabetes stroke retina xray scan chest lung skin lesion tumor ' +
  'retail basket sales demand weather traffic energy load price stock market news review sentiment emotion topic intent spam ' +
  'language speech voice noise music genre bird whale engine fault vibration steel defect leaf crop soil satellite road ' +
  'vehicle plate face pose hand gesture digit receipt invoice contract patent legal medical clinical protein gene molecule ' +
  'solubility toxicity battery wind solar water quality air claim risk loan income salary job resume student course';
const forms =
  'classifier detector predictor estimator ranker encoder tagger segmenter forecaster recogniser scorer embedder translator ' +
  'generator filter tracker matcher parser summariser monitor';
const kinds =
  'small base large tiny mini nano pro fast lite deep wide robust calibrated distilled quantised multilingual';
const fillers =
  'trained on with for the a and of in to by which gives probability each row features gradient boosted trees forest linear ' +
  'network neural transformer convolution attention data set benchmark public private hospital bank shop sensor camera ' +
  'calibrated probabilities missing values categories scaled robust outliers accuracy recall precision evaluated folds ' +
  'cross validation held out test split european american asian users customers patients images texts recordings hours';
const chinese = ['中文情感分类', '肺部影像检测', '信用风险预测', '语音识别模型', '零售销量预测'];

const list = (text: string) => text.split(' ').filter(Boolean);
export const [stemList, formList, kindList, fillerList] = [list(stems), list(forms), list(kinds), list(fillers)];

/** Rare words, as proper names and codes are: their number grows with the catalogue. */
const syllables = list('ka lo mi ta re no su vi pe da xo zu bri tan gel mor fin sol ber nex qua rin tor val wex yam');
const coined = (draw: () => number) =>
  Array.from({ length: 2 + Math.floor(draw() * 3) }, () => pick(draw, syllables)).join('');

const pick = <T>(draw: () => number, values: readonly T[]): T => {
  // The square prefers what stands first: a mild Zipf.
  const value = values[Math.floor(draw() ** 2 * values.length)];
  if (value === undefined) throw new RangeError("'values' must not be empty");
  return value;
};

const signatureOf = (draw: () => number): string => {
  const width = [4, 8, 13, 28, 30, 64, 128, 256, 512, 768][Math.floor(draw() * 10)] ?? 4;
  const wide = draw() < 0.1 ? Math.floor(draw() * 1000) + 1 : width;
  const kind = Math.floor(draw() * 4);
  const tensor = (name: string, datatype: 'FP32' | 'INT64' | 'FP64', shape: number[]) => ({
    name,
    datatype,
    shape,
    dims: shape,
  });
  const rows = draw() < 0.8 ? -1 : 1;
  const inputs =
    kind === 0
      ? [tensor('image', 'FP32', [rows, 3, 224, 224])]
      : kind === 1
        ? [tensor('ids', 'INT64', [rows, -1]), tensor('mask', 'INT64', [rows, -1])]
        : [tensor('X', kind === 2 ? 'FP32' : 'FP64', [rows, wide])];
  return writeSignature({ inputs, outputs: [tensor('y', 'FP32', [rows, Math.floor(draw() * 20) + 1])] });
};

export const seededDocument = (draw: () => number, index: number, nowMs: number): SearchDocument => {
  const subject = pick(draw, stemList);
  const form = pick(draw, formList);
  const kind = pick(draw, kindList);
  const publisher = `${pick(draw, syllables)}${pick(draw, syllables)}${Math.floor(draw() ** 3 * 40)}`;
  const own = coined(draw);
  const name = `${publisher}.${subject}-${form}-${own}-${index}`;
  const task = pick(draw, tasks);
  const tags = [...new Set([subject, kind, pick(draw, fillerList), draw() < 0.3 ? coined(draw) : 'onnx'])];
  const words = (count: number) =>
    Array.from({ length: count }, () => pick(draw, draw() < 0.2 ? stemList : fillerList)).join(' ');
  const summary = `${kind} ${subject} ${form} ${words(6)}${draw() < 0.03 ? ` ${pick(draw, chinese)}` : ''}`;
  const text = `${own} ${words(20 + Math.floor(draw() * 60))} ${coined(draw)}`;
  const rated = draw() < 0.3;
  const createdAtMs = nowMs - Math.floor(draw() * 700 * 86_400_000);
  return {
    name,
    task,
    license: pick(draw, licenses),
    tags,
    visibility: draw() < 0.1 ? 'gated' : 'public',
    signature: signatureOf(draw),
    priceMicros: draw() < 0.4 ? 0 : Math.floor(draw() ** 3 * 5000),
    latencyMs: draw() < 0.95 ? Number((0.02 + draw() ** 4 * 300).toFixed(3)) : undefined,
    rating: rated ? Number((2 + draw() * 3).toFixed(2)) : 0,
    callCount: Math.floor(draw() ** 8 * 1_000_000),
    createdAtMs,
    updatedAtMs: createdAtMs + Math.floor(draw() * (nowMs - createdAtMs)),
    indexedAtMs: nowMs,
    words: weighWords({ name, task, tags, summary, text }),
  };
};

/** @param nowMs - when the youngest were made */
export const seededDocuments = (count: number, seed: number, nowMs = 1_764_000_000_000): SearchDocument[] => {
  const draw = uniform(seed);
  return Array.from({ length: count }, (_, index) => seededDocument(draw, index, nowMs));
};
