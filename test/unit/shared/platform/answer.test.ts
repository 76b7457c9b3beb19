import { describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import { toErrorResult, toResult } from '../../../../lambdas/shared/platform/answer.ts';

const get = (ifNoneMatch?: string) => ({ method: 'GET', requestId: 'req_1', ifNoneMatch });

describe('an answer', () => {
  it('is JSON with an ETag of its content, and 304 when the caller has it', () => {
    const first = toResult({ status: 200, body: { a: 1 } }, get());
    expect(first).toMatchObject({ statusCode: 200, body: '{"a":1}' });
    const etag = String(first.headers?.etag);
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    expect(toResult({ status: 200, body: { a: 2 } }, get()).headers?.etag).not.toBe(etag);
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = toResult({ status: 200, body: { a: 1 } }, get(tag));
      expect(again.statusCode).toBe(304);
      expect(again.body).toBeUndefined();
    }
    expect(toResult({ status: 200, body: { a: 1 } }, get('"x"')).statusCode).toBe(200);
  });

  it('keeps an ETag that the use case gave', () => {
    expect(toResult({ status: 200, body: {}, headers: { etag: '"7"' } }, get()).headers?.etag).toBe('"7"');
    expect(toResult({ status: 200, body: {}, headers: { etag: '"7"' } }, get('"7"')).statusCode).toBe(304);
  });

  it('to a write is never 304 and has no made-up ETag', () => {
    const answer = toResult({ status: 200, body: {} }, { ...get('*'), method: 'POST' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers?.etag).toBeUndefined();
  });

  it('to HEAD has the headers of GET and no body', () => {
    const head = toResult({ status: 200, body: { a: 1 } }, { ...get(), method: 'HEAD' });
    expect(head.body).toBeUndefined();
    expect(head.headers).toEqual(toResult({ status: 200, body: { a: 1 } }, get()).headers);
  });

  it('carries bytes as base64 of exactly their view', () => {
    const bytes = Uint8Array.of(9, 0, 255, 9).subarray(1, 3);
    const answer = toResult(
      { status: 200, body: bytes, headers: { 'content-type': 'application/octet-stream' } },
      get(),
    );
    expect(answer).toMatchObject({ isBase64Encoded: true, body: Buffer.of(0, 255).toString('base64') });
  });

  it('without a body has no content type', () => {
    const answer = toResult({ status: 204 }, { ...get(), method: 'DELETE' });
    expect(answer.body).toBeUndefined();
    expect(answer.headers?.['content-type']).toBeUndefined();
    expect(answer.headers?.['cache-control']).toBe('no-store');
  });
});

describe('an error', () => {
  it('that passes by itself says when to come again, whoever threw it', () => {
    const plain = new DomainError('unavailable', 'unavailable', 'busy');
    expect(toErrorResult(plain, 'req_1', false).result.headers?.['retry-after']).toBe('1');
    const later = new DomainError('unavailable', 'unavailable', 'busy', { headers: { 'retry-after': '60' } });
    expect(toErrorResult(later, 'req_1', true).result.headers?.['retry-after']).toBe('60');
    const full = new DomainError('conflict', 'key_limit_reached', 'full');
    expect(toErrorResult(full, 'req_1', false).result.headers).not.toHaveProperty('retry-after');
  });

  it.each([
    { thrown: new DomainError('invalid', 'invalid_cursor', 'wrong'), pointer: 'query/cursor' },
    { thrown: new DomainError('invalid', 'idempotency_key_reused', 'used'), pointer: 'headers/idempotency-key' },
  ])('that is always about $pointer points there', ({ thrown, pointer }) => {
    const { result } = toErrorResult(thrown, 'req_1', false);
    expect(JSON.parse(String(result.body)).errors).toEqual([{ pointer, detail: thrown.message }]);
  });

  it('of the caller is one object with code, detail, error and the request’s id', () => {
    const thrown = new DomainError('invalid', 'validation_failed', "'x' is wrong", {
      errors: [{ pointer: '/x', detail: 'is wrong' }],
    });
    const { result, problem } = toErrorResult(thrown, 'req_1', false);
    expect(problem.code).toBe('validation_failed');
    expect(result.headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-request-id': 'req_1' });
    expect(JSON.parse(String(result.body))).toEqual({
      type: '/docs/errors#validation_failed',
      title: 'The request was understood, but is not valid',
      status: 422,
      detail: "'x' is wrong",
      code: 'validation_failed',
      error: "'x' is wrong",
      requestId: 'req_1',
      errors: [{ pointer: '/x', detail: 'is wrong' }],
    });
  });

  it('under /v2 is exactly application/json', () => {
    const { result } = toErrorResult(new DomainError('not_found', 'model_not_found', 'no'), 'req_1', true);
    expect(result.headers?.['content-type']).toBe('application/json');
  });

  it('401 says how to sign in', () => {
    const { result } = toErrorResult(new DomainError('unauthenticated', 'invalid_key', 'no'), 'req_1', false);
    expect(result).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  it('of ours tells the caller nothing of itself, and the log everything', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { result } = toErrorResult(new TypeError('secret internals'), 'req_1', false);
    const logged = String(write.mock.calls[0]?.[0]);
    write.mockRestore();
    expect(result.statusCode).toBe(500);
    expect(result.body).not.toContain('secret internals');
    expect(JSON.parse(logged)).toMatchObject({ level: 'fault', requestId: 'req_1', message: 'secret internals' });
  });
});
