import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runOperator } from '../../../local/operator.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimass-operator-'));
  vi.stubEnv('AIMASS_STATE', folder);
  // A port that nothing listens on.
  vi.stubEnv('AIMASS_PORT', '4638');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('npm run operator', () => {
  it.each([
    { args: [], why: 'no verb' },
    { args: ['add'], why: 'no e-mail' },
    { args: ['promote', 'ada@example.com'], why: 'an unknown verb' },
    { args: ['list', 'ada@example.com'], why: 'an e-mail to list' },
    { args: ['add', 'ada@example.com', 'bob@example.com'], why: 'two e-mails' },
    { args: ['add', 'ada@example.com', '--stag', 'dev'], why: 'an unknown option' },
    { args: ['add', 'ada@example.com', '--stage'], why: 'an option without its value' },
  ])('says how it is used, given $why', async ({ args }) => {
    await expect(runOperator(args)).rejects.toThrow(/usage: npm run operator/);
  });

  it('says that nothing was started where there are no outputs', async () => {
    await expect(runOperator(['list'])).rejects.toThrow(/run 'npm start' first/);
  });

  it('says that the local cloud does not answer where it has ended', async () => {
    const outputs = { region: 'us-east-1', userPoolId: 'us-east-1_abc', apiUrl: 'http://127.0.0.1:4639' };
    writeFileSync(join(folder, 'outputs.json'), JSON.stringify(outputs));
    await expect(runOperator(['list'])).rejects.toThrow(/does not answer/);
  });
});
