// Pythons with what the contract tests need in them, made once under .aimass/ and again only when the pins change.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { venvFolder } from '../../local/state.ts';
import { ensureVenv, findPython } from '../../local/venv.ts';
import { alone } from '../support/alone.ts';

export interface Python {
  readonly command: string;
  /** Environment in which `python3` is this one, too. */
  readonly env: NodeJS.ProcessEnv;
}

/** @throws Error that says what is missing, when there is no Python that can install packages */
const pythonWith = async (name: string, requirementsFile: string): Promise<Python> => {
  const folder = venvFolder(name);
  await alone(`${folder}.lock`, () => ensureVenv(folder, join(import.meta.dirname, requirementsFile), console.error));
  const command = join(folder, 'bin', 'python');
  // Where no virtual environment could be made, the packages lie in the folder itself.
  if (!existsSync(command)) return { command: findPython(), env: { ...process.env, PYTHONPATH: folder } };
  return { command, env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` } };
};

/** With Triton's own client. */
export const pythonWithTriton = (): Promise<Python> => pythonWith('contract', 'requirements.txt');

/** With the Hugging Face Hub's own client. */
export const pythonWithHub = (): Promise<Python> => pythonWith('hugging-face', 'hugging-face-requirements.txt');

export const pythonWithSchemathesis = (): Promise<Python> =>
  pythonWith('schemathesis', 'schemathesis-requirements.txt');
