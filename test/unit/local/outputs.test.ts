import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOutputs, writeOutputs } from '../../../local/outputs.ts';

const person = (role: string) => ({ email: `${role}@example.com`, password: 'p', apiKey: 'k' });
const outputs = {
  apiUrl: 'http://127.0.0.1:4567',
  consoleUrl: 'http://127.0.0.1:4567',
  region: 'us-east-1',
  userPoolId: 'us-east-1_x',
  userPoolClientId: 'y',
  demo: { operator: person('operator'), publisher: person('publisher'), consumer: person('consumer') },
};

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimass-outputs-'));
  file = join(folder, 'outputs.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('outputs.json', () => {
  it('comes back as it was written, readable by its owner alone', () => {
    writeOutputs(file, outputs);
    expect(readOutputs(file)).toEqual(outputs);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    { what: 'a missing file', write: () => {} },
    { what: 'half a file', write: () => writeFileSync(file, '{"apiUrl":"http://') },
    { what: 'a file of another shape', write: () => writeFileSync(file, '{"apiUrl":"http://127.0.0.1"}') },
  ])('is unknown from $what', ({ write }) => {
    write();
    expect(readOutputs(file)).toBeUndefined();
  });
});
