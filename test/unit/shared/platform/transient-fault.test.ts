import { describe, expect, it } from 'vitest';
import { toErrorResult } from '../../../../lambdas/shared/platform/answer.ts';

const fault = (name: string, more: object = {}) => Object.assign(new Error('secret detail'), { name }, more);

describe('a fault that is not the caller’s', () => {
  it.each([
    { thrown: fault('ProvisionedThroughputExceededException'), why: 'throttled' },
    { thrown: fault('Anything', { $fault: 'server' }), why: 'the service failed' },
    { thrown: fault('Error', { code: 'ECONNREFUSED' }), why: 'nobody listens' },
  ])('asks to come again when it passes by itself: $why', ({ thrown }) => {
    const { result, problem } = toErrorResult(thrown, 'req_1', false);
    expect(result.statusCode).toBe(503);
    expect(result.headers?.['retry-after']).toBe('1');
    expect(problem.code).toBe('unavailable');
    expect(result.body).not.toContain('secret');
  });

  it.each([
    { thrown: fault('ValidationException', { $fault: 'client' }), why: 'we asked wrongly' },
    { thrown: new TypeError('undefined is not a function'), why: 'a mistake in our code' },
    { thrown: 'a string', why: 'something odd was thrown' },
  ])('tells nothing but 500 otherwise: $why', ({ thrown }) => {
    const { result } = toErrorResult(thrown, 'req_1', false);
    expect(result.statusCode).toBe(500);
    expect(JSON.parse(result.body ?? '')).toMatchObject({ code: 'internal_error', requestId: 'req_1' });
    expect(result.body).not.toContain('undefined is');
  });
});
