// Python environments with pinned packages, made once per content of their requirements file.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const STAMP = 'aimass-requirements.sha256';

/** The first Python ≥ 3.10 on the PATH. @throws Error that says what is missing and how to get it */
export const findPython = (): string => {
  const seen: string[] = [];
  for (const command of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const run = spawnSync(command, ['-c', 'import sys; print(sys.executable); print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    if (run.status !== 0) continue;
    const [path = command, version = '0.0'] = run.stdout.trim().split('\n');
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === 3 && minor >= 10) return path;
    seen.push(`${command} is ${version}`);
  }
  throw new Error(
    `Python 3.10 or newer is needed, ${seen.length > 0 ? seen.join(', ') : 'none was found'}. Install it (for example \`apt-get install python3 python3-venv\` or \`brew install python\`) and start again.`,
  );
};

const run = (
  command: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env: env ?? process.env });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, text }));
  });

/**
 * Makes `folder` hold the packages of the requirements file, with `bin/` for their commands.
 * An interrupted attempt leaves no stamp, and the next begins anew.
 * @returns true when something had to be installed
 */
export const ensureVenv = async (
  folder: string,
  requirementsFile: string,
  say: (line: string) => void,
): Promise<boolean> => {
  const hash = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex');
  const stamp = join(folder, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;
  const python = findPython();
  say(`installing the Python packages of ${basename(requirementsFile)} (once)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = await run(python, ['-m', 'venv', folder]);
  if (made.status === 0) await pip(join(folder, 'bin', 'python'), ['-r', requirementsFile]);
  else await installWithoutVenv(python, folder, requirementsFile, made.text);
  writeFileSync(`${stamp}.new`, hash);
  renameSync(`${stamp}.new`, stamp);
  return true;
};

const pip = async (python: string, args: readonly string[]): Promise<void> => {
  const installed = await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args]);
  if (installed.status !== 0) throw new Error(`pip could not install what is needed:\n${installed.text.trim()}`);
};

/** Some systems ship Python without ensurepip: then pip's own target folder serves, if pip is there at all. */
const installWithoutVenv = async (
  python: string,
  folder: string,
  requirementsFile: string,
  why: string,
): Promise<void> => {
  const hasPip = (await run(python, ['-m', 'pip', '--version'])).status === 0;
  if (!hasPip) {
    throw new Error(
      `Python can make no virtual environment and has no pip. Install them (Debian, Ubuntu: \`apt-get install python3-venv\`) and start again.\n${why.trim()}`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await pip(python, ['--target', folder, '-r', requirementsFile]);
  writeFileSync(join(folder, 'pip-target'), 'packages lie in this folder itself; put it on PYTHONPATH\n');
};
