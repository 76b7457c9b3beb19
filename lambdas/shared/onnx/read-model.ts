// Reads an ONNX model that the scan has accepted, whole, for code that runs at publish time: compiling, merging, writing.
// Never in a bundle that answers calls: the scanner needs none of it, and the executor reads its own form.
import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from './generated/onnx-ml_pb.js';

/** @throws Error when the bytes are no protobuf of ONNX's schema */
export const readModel = (bytes: Uint8Array): ModelProto =>
  fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
