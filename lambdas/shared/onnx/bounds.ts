// How large a model may be in every respect: what passes costs the scanner, and later the runtime, bounded time and
// memory. Printed in docs/guides/publish.md.

export const modelBounds = {
  /** Whole file. */
  modelBytes: 1_073_741_824,
  /** Messages of any kind in it: what costs a few bytes each still takes its time. */
  messages: 2_000_000,
  /** Oldest and newest format (IR) that is read; the newest is what the runtime reads. */
  irVersionMin: 3,
  irVersionMax: 13,
  /** Newest operator set of `ai.onnx` and of `ai.onnx.ml` that the runtime has. */
  opsetMax: 26,
  opsetMlMax: 5,
  /** Operator sets that a model or function may import. */
  opsetImports: 64,
  /** Nodes of the whole model, each function counted as often as it is called. */
  nodes: 20_000,
  /** Graphs within graphs: bodies of If, Loop and Scan. */
  graphDepth: 8,
  /** Functions of the model, and how deep they may call each other. */
  functions: 1_000,
  functionDepth: 32,
  /** Sequence, map and optional types within each other. */
  typeDepth: 4,
  attributesPerNode: 128,
  /** Inputs or outputs of one node, and of a function. */
  valuesPerNode: 4_096,
  /** Inputs, or outputs, of the model and of each graph in it. */
  graphValues: 1_024,
  initializers: 50_000,
  /** Dimensions of a tensor. */
  rank: 16,
  /** Elements of a tensor, and the product of its dimensions that are not 0. */
  tensorElements: 1_073_741_824,
  /** Size of one dimension of an input or output. */
  dimension: 2_147_483_647,
  /** A name of anything, in bytes. */
  nameBytes: 512,
  /** All names together, in bytes. */
  namesBytes: 33_554_432,
  /** Documentation or a metadata value, in bytes. */
  docBytes: 1_048_576,
  metadataEntries: 100_000,
} as const;

export type Bounds = { readonly [K in keyof typeof modelBounds]: number };
