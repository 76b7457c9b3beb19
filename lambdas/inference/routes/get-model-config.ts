/** GET /v2/models/{model}[/versions/{version}]/config — the signature in the words of Triton's model configuration. */
import type { PublishedModels } from '../../registry/contract.ts';
import type { TensorSpec } from '../../shared/onnx/signature.ts';
import { type ModelRequest, referenceOf } from './model-request.ts';
import { resolveModel } from './resolve-model.ts';

/** Triton's names of the datatypes are the protocol's with a prefix, BYTES alone excepted. */
const toTensorConfig = ({ name, datatype, shape }: TensorSpec) => ({
  name,
  data_type: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
  dims: shape,
  is_shape_tensor: false,
});

const toInputConfig = (spec: TensorSpec) => ({
  ...toTensorConfig(spec),
  format: 'FORMAT_NONE',
  allow_ragged_batch: false,
  optional: false,
});

const toOutputConfig = (spec: TensorSpec) => ({ ...toTensorConfig(spec), label_filename: '' });

export const getModelConfig = (models: PublishedModels) => async (request: ModelRequest) => {
  const wanted = referenceOf(request);
  const { version, signature } = await resolveModel(models, wanted);
  return {
    status: 200 as const,
    headers: { 'x-aimass-version': version },
    body: {
      name: wanted.model,
      platform: 'onnxruntime_onnx',
      backend: 'onnxruntime',
      max_batch_size: 0,
      version_policy: { specific: { versions: [version] } },
      input: signature.inputs.map(toInputConfig),
      output: signature.outputs.map(toOutputConfig),
      model_transaction_policy: { decoupled: false },
    },
  };
};
