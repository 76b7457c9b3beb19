import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../local/root.ts';
import { makeStateFolder, readState } from '../../../local/state.ts';

describe('where a local cloud lives', () => {
  it('is .aimass on port 4566 with the front on the next, unless told otherwise', () => {
    expect(readState({})).toMatchObject({ folder: join(root, '.aimass'), emulatorPort: 4566, frontPort: 4567 });
  });

  it.each(['6566', '5999'])('refuses a port that no browser calls, or whose next one is: %s', (port) => {
    expect(() => readState({ AIMASS_PORT: port })).toThrow(/none calls (6566|6000)/);
  });

  it('follows AIMASS_PORT and AIMASS_STATE, the latter seen from the project', () => {
    expect(readState({ AIMASS_PORT: '5000', AIMASS_STATE: 'two' })).toMatchObject({
      folder: join(root, 'two'),
      emulatorPort: 5000,
      frontPort: 5001,
      outputsFile: join(root, 'two', 'outputs.json'),
    });
    expect(readState({ AIMASS_STATE: '/elsewhere' }).folder).toBe('/elsewhere');
  });

  it.each(['abc', '80', '65535', '4566.5', '-1'])('refuses port %s and says what is allowed', (port) => {
    expect(() => readState({ AIMASS_PORT: port })).toThrow(
      `'AIMASS_PORT' must be a port between 1024 and 65534, got '${port}'`,
    );
  });

  it('is made with all the folders above it', () => {
    const above = mkdtempSync(join(tmpdir(), 'aimass-state-'));
    const folder = join(above, 'one', 'two');
    makeStateFolder({ folder });
    makeStateFolder({ folder });
    expect(existsSync(folder)).toBe(true);
    rmSync(above, { recursive: true });
  });

  it('is refused where no folder can be made, instead of trying for ever', () => {
    const file = import.meta.filename;
    expect(() => makeStateFolder({ folder: join(file, 'below') })).toThrow(
      `'AIMASS_STATE' must be a folder that can be made, got '${join(file, 'below')}': ENOTDIR`,
    );
  });
});
