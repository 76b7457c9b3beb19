import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adaptState } from '../../../local/adapt-state.ts';

let folder: string;
const write = (file: string, content: unknown) => writeFileSync(join(folder, file), JSON.stringify(content));
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimass-state-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a saved state that is started again', () => {
  it('finds its queues on the port it now has, and nothing else is moved', () => {
    const queues = (port: number) => ({ urls: [`http://localhost:${port}/000000000000/scan`], count: 4566 });
    write('sqs.json', queues(4566));
    adaptState(folder, 5000);
    expect(read('sqs.json')).toEqual(queues(5000));
  });

  it('reads the streams, which begin anew, from their beginning', () => {
    const functions = (position: number) => ({
      version: 1,
      payload: { functions: { api: {} }, dynamodb_stream_positions: { kind: 'dict', data: { mapping: position } } },
    });
    write('lambda.json', functions(17));
    adaptState(folder, 5000);
    expect(read('lambda.json')).toEqual(functions(0));
  });

  it('is left as it is when there is nothing of that kind in it', () => {
    adaptState(folder, 5000);
    write('lambda.json', { payload: {} });
    adaptState(folder, 5000);
    expect(read('lambda.json')).toEqual({ payload: {} });
  });
});
