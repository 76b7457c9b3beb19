// Calls that a version can be tried with.
import * as z from 'zod';
import { datatypes } from '../../shared/onnx/signature.ts';
import { defineRoutes } from '../../shared/platform/route.ts';
import { versionParams } from './parameters.ts';

const exampleTensor = z.object({
  name: z.string().meta({ example: 'X' }),
  datatype: z.enum(datatypes),
  shape: z.array(z.number().int().min(0)).meta({ example: [1, 4] }),
  data: z
    .array(z.union([z.number(), z.string(), z.boolean()]))
    .meta({ description: 'Flat, row-major', example: [5.1, 3.5, 1.4, 0.2] }),
});

const exampleList = z.object({
  made: z.boolean().meta({ description: 'From the signature: the publisher gave none' }),
  items: z.array(
    z.object({
      name: z.string(),
      inputs: z.array(exampleTensor),
      outputs: z
        .array(exampleTensor)
        .nullable()
        .meta({ description: '`null` where they have no JSON form, or would be too long' }),
    }),
  ),
});

export const exampleRoutes = defineRoutes({
  getExamples: {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/examples',
    summary: 'Get calls to try a version with',
    description:
      'Inputs as `POST /v2/models/{model}/infer` takes them, and what the version answered to them when it was tried: the publisher’s own (`examples.json` in the version), or one made from the signature.',
    auth: 'optional',
    permission: 'models:read',
    params: versionParams,
    responses: { 200: { description: 'The examples', body: exampleList } },
    errors: ['model_not_found', 'version_not_found', 'examples_not_found'],
  },
});
