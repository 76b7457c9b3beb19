// What the runtime says of a model, made fit for callers.
import { describe, expect, it } from 'vitest';
import { describeRefusal } from '../../../../lambdas/inference/domain/model-refusal.ts';

describe('a refusal of the runtime', () => {
  it('keeps its words and loses paths', () => {
    const said =
      'Non-zero status code returned while running Reshape node. Status Message: /onnxruntime_src/core/providers/cpu/reshape.h:40 size mismatch\n at "/var/task/x"';
    expect(describeRefusal(said)).toBe(
      'Non-zero status code returned while running Reshape node. Status Message: … size mismatch at "…',
    );
  });

  it('is one line of at most 500 characters', () => {
    const text = describeRefusal(`a\u0000b\n${'x'.repeat(2000)}`);
    expect(text).toHaveLength(500);
    expect(text).not.toMatch(/\p{C}/u);
  });

  it('says so when there is no reason', () => {
    expect(describeRefusal(' \n')).toBe('the runtime gave no reason');
  });
});
