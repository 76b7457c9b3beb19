// Why a model is refused: one rule each, with what it means. The list is printed in docs/guides/publish.md.

/** Rules of the scanner. A rule, once released, keeps its meaning. */
export const scanRules = {
  malformed:
    'The file is no well-formed ONNX protobuf: truncated, a wrong wire type, an overlong number, bytes left over.',
  repeated_field:
    'A field that stands once is there twice, or two alternatives at once: readers would differ on which one counts.',
  unknown_field: 'A field that ONNX does not have, or that the runtime does not read.',
  too_large: 'The file is larger than a model may be.',
  ort_format: 'The file passes for the runtime’s own .ort format: upload the ONNX file it was made from.',
  no_graph: 'The model has no graph, no inputs or no outputs.',
  unsupported_ir: 'The format version (ir_version) is missing, too old or too new.',
  unsupported_opset: 'An operator set is newer than what the runtime has, or stated twice with different versions.',
  unknown_domain:
    'An operator is of a domain other than ai.onnx and ai.onnx.ml, and no function of the model defines it.',
  external_data: 'A tensor keeps its data outside the file.',
  external_location:
    'A tensor’s data lies in a file that is none of the version, or its place is not stated as ONNX does.',
  external_range: 'A tensor’s data is not as long as its dimensions and type say, or not within its file.',
  memory_marker: 'A text holds the runtime’s marker for an address in memory.',
  sparse_tensor: 'Sparse tensors are not accepted: a few bytes of one stand for any amount of memory.',
  training_info: 'The model carries training information: export it for inference.',
  too_many_nodes: 'More nodes than are loaded in reasonable time, functions counted as often as they are called.',
  too_deep: 'Graphs, types or functions lie deeper within each other than allowed.',
  too_many:
    'More of something than allowed: functions, attributes, inputs, initializers, dimensions, metadata, messages of any kind.',
  name_too_long: 'A name is longer than allowed, or all names together.',
  text_too_long: 'A documentation text or metadata value is longer than allowed.',
  invalid_name: 'A name is empty, not UTF-8, holds control characters, or is no name at all.',
  duplicate_name: 'Two initializers, inputs, outputs or functions have one name, or two attributes of a node.',
  tensor_shape: 'A tensor’s dimensions are negative or stand for more elements than allowed.',
  tensor_size: 'A tensor’s data is not as long as its dimensions and type say.',
  tensor_type: 'A tensor is of a type that the runtime does not have.',
  function_recursion: 'Functions call each other in a circle.',
  function_shadows_operator:
    'A function is of a domain where the runtime has operators of its own, and could be taken for one.',
  unsupported_type:
    'An input or output is no tensor of a type that can be sent: sequence, map, optional, complex, 4-bit, 8-bit float, bfloat16.',
  foreign_memory:
    'An operator that the runtime answers with memory that nobody wrote for it: `Pad` with mode `wrap`; a classifier of two classes with `post_transform` PROBIT; a `TreeEnsembleClassifier` of two classes with one base value beside class ids that are not all the same.',
  unknown_shape: 'An input does not declare how many dimensions it has.',
} as const;

export type ScanRule = keyof typeof scanRules;

export interface RejectionPlace {
  /** The element, e.g. `graph.node[3].attribute[0].t`; empty for the file as a whole. */
  readonly path: string;
  /** Byte in the file where the element, or its fault, begins. */
  readonly offset: number;
}

/** Thrown by the scanner: the model's fault, never ours. */
export class ModelRejection extends Error {
  readonly rule: ScanRule;
  readonly path: string;
  readonly offset: number;

  constructor(rule: ScanRule, message: string, place: RejectionPlace) {
    super(message);
    this.name = 'ModelRejection';
    this.rule = rule;
    this.path = place.path;
    this.offset = place.offset;
  }
}
