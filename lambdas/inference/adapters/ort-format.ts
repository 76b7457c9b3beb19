// onnxruntime's own format: written once, when a model is published, and loaded in a fraction of the time, its weights
// used where they lie. Both are ways to open a session, so both are bindings.
// Keys: github.com/microsoft/onnxruntime/blob/v1.30.0/include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h
import type { Binding } from './onnxruntime-binding.ts';

/**
 * Writes each model that it loads to the file. Optimised up to `extended`, which holds on every processor; `all` lays
 * weights out for the one at hand.
 */
export const ortWriter = (path: string, binding: Binding): Binding => ({
  kind: binding.kind,
  create: (model, options) =>
    binding.create(model, {
      ...options,
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath: path,
      extra: { session: { save_model_format: 'ORT' } },
    }),
});

/** Loads such a file's bytes as they are served: not copied, and not laid out anew for batches. */
export const ortInPlace = (binding: Binding): Binding => ({
  kind: binding.kind,
  create: async (model, options) => {
    const session = await binding.create(model, {
      ...options,
      extra: {
        session: {
          load_model_format: 'ORT',
          use_ort_model_bytes_directly: '1',
          use_ort_model_bytes_for_initializers: '1',
          disable_prepacking: '1',
        },
      },
    });
    // The session reads the bytes for as long as it lives, without holding them.
    const held = { session, model };
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      run: (feeds, outputNames) => held.session.run(feeds, outputNames),
      release: () => held.session.release(),
    };
  },
});
