// How large a model may be to run in a process that others share. What passes costs compile, load and run bounded time
// and memory; what does not is left to onnxruntime in a function of its own.
export const executorBounds = {
  /** ONNX file. */
  modelBytes: 67_108_864,
  nodes: 2_000,
  steps: 2_000,
  /** Dimensions of a value. */
  rank: 6,
  /** Elements of a constant, and of all of them. */
  constantElements: 8_388_608,
  constantsElements: 16_777_216,
  /** Elements of one value, for each row. */
  elementsPerRow: 1_048_576,
  /** Elementary operations for each row, and for a call whatever its rows. */
  workPerRow: 20_000_000,
  workFixed: 20_000_000,
  /** Nodes of all trees, leaves included, and steps from a root to a leaf. */
  treeNodes: 1_000_000,
  treeDepth: 1_000,
  /** Different questions that the trees of one forest ask: features, and values or sets that equality asks for. */
  forestSlots: 4_096,
  /** Different thresholds of one feature. */
  forestCuts: 524_288,
  /** Memory of a call: buffers of all steps together. */
  runBytes: 536_870_912,
} as const;
