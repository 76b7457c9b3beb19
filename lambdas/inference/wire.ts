// inference on the wire: the Open Inference Protocol's bodies, and Triton's where the protocol has none.
import * as z from 'zod/mini';
import { datatypes } from '../shared/onnx/signature.ts';

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const tensorMetadata = z.object({
  name: z.string(),
  datatype: z.enum(datatypes),
  shape: z.array(z.int()).check(z.meta({ description: '-1 where any size is allowed', example: [-1, 4] })),
});

export const modelMetadata = z.object({
  name: z.string().check(z.meta({ example: 'acme.iris' })),
  versions: z.array(z.string()).check(z.meta({ description: 'Published versions, highest first' })),
  platform: z.literal('onnxruntime_onnx'),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
});

const tensorData = z.array(z.unknown()).check(
  z.meta({
    description:
      'Flat in row-major order, or nested as the shape. Numbers, `true`/`false` or strings; `"NaN"`, `"Infinity"` and `"-Infinity"` for floats. FP16 and BF16 travel only as binary.',
  }),
);

export const inferRequest = z.object({
  id: z.optional(z.string()).check(z.meta({ description: 'Yours; comes back in the answer' })),
  parameters: z.optional(parameters).check(
    z.meta({
      description: '`binary_data_output: true` asks for every output as a binary tensor',
    }),
  ),
  inputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.enum(datatypes),
      shape: z.array(z.int().check(z.minimum(0))).check(z.meta({ example: [1, 4] })),
      parameters: z.optional(parameters).check(
        z.meta({
          description: '`binary_data_size`: bytes of this tensor after the JSON, in place of `data`',
        }),
      ),
      data: z.optional(tensorData),
    }),
  ),
  outputs: z.optional(z.array(z.object({ name: z.string(), parameters: z.optional(parameters) }))).check(
    z.meta({
      description:
        'The outputs asked for, in this order; absent: all. `binary_data: true` for a binary tensor, `classification: k` for the k highest values of each row as `value:index`',
    }),
  ),
});

export const inferAnswer = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.optional(z.string()),
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.enum(datatypes),
      shape: z.array(z.int().check(z.minimum(0))),
      parameters: z.optional(parameters),
      data: z.optional(tensorData),
    }),
  ),
});

const tensorConfig = z.object({
  name: z.string(),
  data_type: z.string().check(z.meta({ example: 'TYPE_FP32' })),
  dims: z.array(z.int()).check(z.meta({ description: 'As in the metadata: -1 where any size is allowed' })),
  is_shape_tensor: z.literal(false),
});
const inputConfig = z.extend(tensorConfig, {
  format: z.literal('FORMAT_NONE'),
  allow_ragged_batch: z.literal(false),
  optional: z.literal(false),
});
const outputConfig = z.extend(tensorConfig, { label_filename: z.literal('') });
export const modelConfig = z.object({
  name: z.string(),
  platform: z.literal('onnxruntime_onnx'),
  backend: z.literal('onnxruntime'),
  max_batch_size: z.literal(0).check(z.meta({ description: '0: the dims are whole, batch included' })),
  version_policy: z.object({ specific: z.object({ versions: z.array(z.string()) }) }),
  input: z.array(inputConfig),
  output: z.array(outputConfig),
  model_transaction_policy: z.object({
    decoupled: z.literal(false).check(z.meta({ description: 'One answer a request' })),
  }),
});

const count = z.int().check(z.minimum(0));
const duration = z.object({ count, ns: count.check(z.meta({ description: 'Nanoseconds, together' })) });
const batchStatistics = z.object({
  batch_size: count.check(z.meta({ description: 'Rows of a call' })),
  compute_input: duration,
  compute_infer: duration,
  compute_output: duration,
});
const modelStatistics = z.object({
  name: z.string().check(z.meta({ example: 'acme.iris' })),
  version: z.string().check(z.meta({ example: '1.0.0' })),
  last_inference: count.check(
    z.meta({ description: 'When the last call began, epoch milliseconds; 0: there was none' }),
  ),
  inference_count: count.check(z.meta({ description: 'Rows of the calls that were answered' })),
  execution_count: count.check(z.meta({ description: 'Runs of the calls that were answered' })),
  inference_stats: z.object({
    success: duration.check(z.meta({ description: 'Calls that were answered, from arrival to answer' })),
    fail: duration.check(z.meta({ description: 'Calls that reached the version, and were refused or failed' })),
    queue: duration.check(z.meta({ description: 'Waiting for a place to run, loading of the model included' })),
    compute_input: duration.check(z.meta({ description: 'Reading and checking the request' })),
    compute_infer: duration.check(z.meta({ description: 'The model’s own run' })),
    compute_output: duration.check(z.meta({ description: 'Encoding the answer' })),
    cache_hit: duration.check(z.meta({ description: 'Always 0: answers are not cached' })),
    cache_miss: duration.check(z.meta({ description: 'Always 0: answers are not cached' })),
  }),
  batch_stats: z.array(batchStatistics).check(z.meta({ description: 'The sizes called last' })),
});
export const statistics = z.object({ model_stats: z.array(modelStatistics) });

export const repositoryIndex = z.array(
  z.object({ name: z.string(), version: z.string(), state: z.string(), reason: z.string() }),
);

export const modelReady = z.object({ name: z.string(), version: z.string(), ready: z.boolean() });
export const live = z.object({ live: z.literal(true) });
export const ready = z.object({ live: z.literal(true), ready: z.literal(true) });
export const server = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
