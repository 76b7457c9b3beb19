import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateAt } from '../../../local/state.ts';
import { lockState } from '../../../local/state-lock.ts';

let folder: string;
const lockFile = () => join(folder, 'lock');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimass-lock-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock of a state folder', () => {
  it('is gone when it is released', () => {
    const release = lockState(stateAt(folder, 5000));
    expect(existsSync(lockFile())).toBe(true);
    release();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('is refused while another process holds it, and names that process', () => {
    writeFileSync(lockFile(), String(process.ppid));
    expect(() => lockState(stateAt(folder, 5000))).toThrow(`pid ${process.ppid}`);
  });

  it.each(['', '999999999', 'nonsense'])('is taken over from a holder that is gone (%j)', (content) => {
    writeFileSync(lockFile(), content);
    const release = lockState(stateAt(folder, 5000));
    release();
  });
});
