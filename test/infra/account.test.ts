// The commands that deploy to and remove from an AWS account: what they refuse before they reach for anything.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../lib/root.ts';

const run = (...args: readonly string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'account.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stderr };
};

it.each([
  [['deploy'], "'--stage' must be given"],
  [['deploy', '--stage', 'prod'], "'stage' must be one of dev, staging, production, got prod"],
  [['remove', '--stage', 'dev'], 'usage:'],
  [['deploy', '--stag', 'dev'], "Unknown option '--stag'"],
  [['destroy', '--stage', 'production', '--yes'], 'stage production is protected'],
])('refuses %j', (args, message) => {
  const { status, stderr } = run(...args);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
  expect(status).toBe(1);
});
