import { describe, expect, it } from 'vitest';
import { parseLosslessJson } from '../../../../lambdas/inference/domain/lossless-json.ts';

describe('JSON of a request to a model', () => {
  it.each([true, false])('names each member once (exact numbers: %s)', (exact) => {
    const twice = '{"inputs":[{"name":"X","data":[1],"d\\u0061ta":[2]}]}';
    expect(() => parseLosslessJson(twice, exact)).toThrow(expect.objectContaining({ code: 'malformed_json' }));
    expect(parseLosslessJson('{"inputs":[{"name":"X"},{"name":"X"}]}', exact)).toHaveProperty('inputs.length', 2);
  });
});
