// The contract tests' own measure must find what is not as described.
import { expect, it } from 'vitest';
import { Description } from '../../contract/description.ts';

const text = JSON.stringify({
  paths: {
    '/v1/things': { get: operation('list', { 200: json({ type: 'array', items: { type: 'string' } }) }) },
    '/v1/things/{id}': { get: operation('get', { 200: json({ $ref: '#/components/schemas/Thing' }), 204: {} }) },
    '/v1/things/mine': { get: operation('mine', { '4XX': json({}) }) },
  },
  components: {
    schemas: { Thing: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
  },
});
const description = new Description(text);

function operation(operationId: string, responses: object) {
  return { operationId, responses };
}

function json(schema: object) {
  return { content: { 'application/json': { schema } } };
}

const answer = (status: number, body: unknown, contentType = 'application/json') => ({
  status,
  headers: new Headers({ 'x-request-id': 'req_1', 'content-type': contentType }),
  body,
});

it('has nothing to say of an answer that is as described', () => {
  expect(description.faults('GET', '/v1/things/7?x=1', answer(200, { name: 'seven' }))).toEqual([]);
  expect(description.faults('GET', '/v1/things/7', answer(204, Buffer.alloc(0)))).toEqual([]);
});

it.each([
  { why: 'a field of another type', given: answer(200, { name: 7 }), part: 'name' },
  { why: 'a missing field', given: answer(200, {}), part: 'name' },
  { why: 'a field that is not described', given: answer(200, { name: 'x', colour: 'red' }), part: 'colour' },
  { why: 'a status that is not described', given: answer(418, {}), part: '418' },
  { why: 'another content type', given: answer(200, { name: 'x' }, 'text/html'), part: 'text/html' },
  { why: 'a body where none is described', given: answer(204, { name: 'x' }), part: 'no body' },
  {
    why: 'a missing request id',
    given: { ...answer(200, { name: 'x' }), headers: new Headers({ 'content-type': 'application/json' }) },
    part: 'x-request-id',
  },
])('finds $why', ({ given, part }) => {
  expect(description.faults('GET', '/v1/things/7', given).join()).toContain(part);
});

it('finds a call that is not described, and reads the most literal path', () => {
  expect(description.faults('DELETE', '/v1/things', answer(200, []))).toEqual(['DELETE /v1/things is not described']);
  expect(description.operationOf('GET', '/v1/things/mine')).toBe('GET /v1/things/mine');
  expect(description.faults('GET', '/v1/things/mine', answer(404, {}))).toEqual([]);
});
