// The soak in small, in a process of its own: `npm run test:soak` is the whole of it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { root } from '../../lib/root.ts';

const run = promisify(execFile);

describe('thousands of mixed calls over many models', () => {
  it('are answered rightly, with no session leaked and memory bounded', async () => {
    const { stdout } = await run(process.execPath, ['test/soak/main.ts', '--calls', '2000', '--models', '64'], {
      cwd: root,
    });
    expect(stdout).toMatch(/run-function: 2000 calls over 64 models/);
    expect(stdout).toMatch(/typescript: 2000 calls over 64 models/);
    expect(stdout).toMatch(/server: 2000 calls over 64 models/);
    expect(stdout).toMatch(/3 passed, 0 failed\n$/);
  });
});
