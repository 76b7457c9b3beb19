/** GET /v2/models/{model}[/versions/{version}] — the signature, in the protocol's form. */
import type { PublishedModels } from '../../registry/contract.ts';
import type { TensorSpec } from '../../shared/onnx/signature.ts';
import { deprecationHeaders } from '../domain/deprecation-headers.ts';
import { type ModelRequest, referenceOf } from './model-request.ts';
import { resolveModel, versionsOf } from './resolve-model.ts';

const toTensor = ({ name, datatype, shape }: TensorSpec) => ({ name, datatype, shape });

export const getModelMetadata = (models: PublishedModels) => async (request: ModelRequest) => {
  const wanted = referenceOf(request);
  const published = await resolveModel(models, wanted);
  const { version, signature } = published;
  return {
    status: 200 as const,
    headers: { 'x-aimass-version': version, ...deprecationHeaders(published) },
    body: {
      name: wanted.model,
      versions: await versionsOf(models, wanted),
      platform: 'onnxruntime_onnx',
      inputs: signature.inputs.map(toTensor),
      outputs: signature.outputs.map(toTensor),
    },
  };
};
