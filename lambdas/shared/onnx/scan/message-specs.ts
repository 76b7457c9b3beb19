// ONNX's messages as the scanner walks them: field number → name and kind. From onnx.proto (onnx 1.23); fields that
// are not here are refused, so nothing is read by the runtime that was not looked at here.

/**
 * `int` a varint · `ints` any number of them, packed or not · `fixed32`, `fixed64` likewise of 4 and 8 bytes ·
 * `name` a text the sink receives · `text` one that is only bounded · `blob` bytes of which only the count matters ·
 * `message` walked into.
 */
export type FieldKind = 'int' | 'ints' | 'fixed32' | 'fixed32s' | 'fixed64s' | 'name' | 'text' | 'blob' | 'message';

export interface FieldSpec {
  readonly number: number;
  readonly name: string;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  /** Only for messages. */
  readonly message: MessageName | undefined;
  /** One of alternatives; no message has two sets of them. */
  readonly oneof: boolean;
}

const messages = {
  model: {
    1: 'ir_version int',
    2: 'producer_name text',
    3: 'producer_version text',
    4: 'domain text',
    5: 'model_version int',
    6: 'doc_string text',
    7: 'graph message graph',
    8: 'opset_import message* opset',
    14: 'metadata_props message* entry',
    20: 'training_info message* training',
    25: 'functions message* function',
  },
  opset: { 1: 'domain name', 2: 'version int' },
  entry: { 1: 'key name', 2: 'value text' },
  training: {
    1: 'initialization message graph',
    2: 'algorithm message graph',
    3: 'initialization_binding message* entry',
    4: 'update_binding message* entry',
  },
  graph: {
    1: 'node message* node',
    2: 'name text',
    5: 'initializer message* tensor',
    10: 'doc_string text',
    11: 'input message* value',
    12: 'output message* value',
    13: 'value_info message* value',
    14: 'quantization_annotation message* annotation',
    15: 'sparse_initializer message* sparse',
    16: 'metadata_props message* entry',
  },
  annotation: { 1: 'tensor_name name', 2: 'quant_parameter_tensor_names message* entry' },
  node: {
    1: 'input name*',
    2: 'output name*',
    3: 'name name',
    4: 'op_type name',
    5: 'attribute message* attribute',
    6: 'doc_string text',
    7: 'domain name',
    8: 'overload name',
    9: 'metadata_props message* entry',
  },
  attribute: {
    1: 'name name',
    2: 'f fixed32',
    3: 'i int',
    4: 's blob',
    5: 't message tensor',
    6: 'g message graph',
    7: 'floats fixed32s*',
    8: 'ints ints*',
    9: 'strings blob*',
    10: 'tensors message* tensor',
    11: 'graphs message* graph',
    13: 'doc_string text',
    14: 'tp message type',
    15: 'type_protos message* type',
    20: 'type int',
    21: 'ref_attr_name name',
    22: 'sparse_tensor message sparse',
    23: 'sparse_tensors message* sparse',
  },
  function: {
    1: 'name name',
    4: 'input name*',
    5: 'output name*',
    6: 'attribute name*',
    7: 'node message* node',
    8: 'doc_string text',
    9: 'opset_import message* opset',
    10: 'domain name',
    11: 'attribute_proto message* attribute',
    12: 'value_info message* value',
    13: 'overload name',
    14: 'metadata_props message* entry',
  },
  tensor: {
    1: 'dims ints*',
    2: 'data_type int',
    4: 'float_data fixed32s*',
    5: 'int32_data ints*',
    6: 'string_data blob*',
    7: 'int64_data ints*',
    8: 'name name',
    9: 'raw_data blob',
    10: 'double_data fixed64s*',
    11: 'uint64_data ints*',
    12: 'doc_string text',
    13: 'external_data message* external',
    14: 'data_location int',
    16: 'metadata_props message* entry',
  },
  external: { 1: 'key name', 2: 'value name' },
  sparse: { 1: 'values message tensor', 2: 'indices message tensor', 3: 'dims ints*' },
  value: { 1: 'name name', 2: 'type message type', 3: 'doc_string text', 4: 'metadata_props message* entry' },
  type: {
    1: 'tensor_type message tensorType oneof',
    4: 'sequence_type message sequenceType oneof',
    5: 'map_type message mapType oneof',
    6: 'denotation text',
    7: 'opaque_type message opaqueType oneof',
    8: 'sparse_tensor_type message tensorType oneof',
    9: 'optional_type message sequenceType oneof',
  },
  tensorType: { 1: 'elem_type int', 2: 'shape message shape' },
  sequenceType: { 1: 'elem_type message type' },
  mapType: { 1: 'key_type int', 2: 'value_type message type' },
  opaqueType: { 1: 'domain text', 2: 'name text' },
  shape: { 1: 'dim message* dim' },
  dim: { 1: 'dim_value int - oneof', 2: 'dim_param name - oneof', 3: 'denotation text' },
} as const;

export type MessageName = keyof typeof messages;

const toSpec = (number: number, text: string): FieldSpec => {
  const [name = '', kind = '', message, oneof] = text.split(' ');
  return {
    number,
    name,
    kind: kind.replace('*', '') as FieldKind,
    repeated: kind.endsWith('*'),
    message: message === '-' ? undefined : (message as MessageName | undefined),
    oneof: oneof === 'oneof',
  };
};

/** Indexed by field number, up to 31. */
const specsOf = (fields: Readonly<Record<number, string>>): readonly (FieldSpec | undefined)[] => {
  const specs: (FieldSpec | undefined)[] = new Array(32).fill(undefined);
  for (const [number, text] of Object.entries(fields)) specs[Number(number)] = toSpec(Number(number), text);
  return specs;
};

export const messageSpecs: Readonly<Record<MessageName, readonly (FieldSpec | undefined)[]>> = Object.fromEntries(
  Object.entries(messages).map(([name, fields]) => [name, specsOf(fields)]),
) as Record<MessageName, readonly (FieldSpec | undefined)[]>;
