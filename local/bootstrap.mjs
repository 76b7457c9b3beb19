// The first step of every command: plain JavaScript that Node 20 runs before anything is installed. Checks what the
// machine must bring, installs what the lock file says, and goes on under the project's own Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ownNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const fail = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const checkNode = () => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    fail(
      `Node.js 20 or newer is needed, this is ${process.versions.node}. Get it from https://nodejs.org and start again.`,
    );
};

const checkPython = () => {
  const seen = [];
  for (const command of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const run = spawnSync(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
    if (run.status !== 0) continue;
    const [major, minor] = run.stdout.trim().split('.').map(Number);
    if (major === 3 && minor >= 10) return;
    seen.push(`${command} is ${run.stdout.trim()}`);
  }
  fail(
    `Python 3.10 or newer is needed, ${seen.length > 0 ? seen.join(', ') : 'none was found on the PATH'}. Install it (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python) and start again.`,
  );
};

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

/**
 * npm writes what it installed into a lock file of its own when it is through, so an interrupted install has none.
 * Packages for other platforms are optional and may be missing.
 */
const isInstalled = () => {
  if (!existsSync(ownNode) || !existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, integrity, optional, link }]) =>
      !path.startsWith('node_modules/') ||
      link ||
      (installed[path] === undefined
        ? optional
        : installed[path].version === version && installed[path].integrity === integrity),
  );
};

/** `npm ci`, unless node_modules is of this lock file already. */
const install = () => {
  if (isInstalled()) return;
  process.stdout.write('         installing the packages of package-lock.json (once, about a minute)\n');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const run = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    // onnxruntime-node's install script would download GPU libraries that nothing here uses.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (run.status !== 0) fail('The packages could not be installed; npm says why above. Mend that and start again.');
  if (!existsSync(ownNode))
    fail(
      `The package \`node\` did not bring ${ownNode}: were install scripts forbidden? Run \`npm rebuild node\` and start again.`,
    );
};

/** A signal to npm ends npm and its shell, but is not handed on: their end is taken for it. */
const endWithNpm = (child) => {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  setInterval(() => process.ppid !== npm && child.kill('SIGTERM'), 500).unref();
};

/** Goes on in TypeScript under the project's Node; signals are its own matter, its exit code is ours. */
export const continueWith = (script) => {
  checkNode();
  checkPython();
  install();
  const child = spawn(ownNode, [join(root, 'local', script), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [dirname(ownNode), join(root, 'node_modules', '.bin'), process.env.PATH].join(
        process.platform === 'win32' ? ';' : ':',
      ),
    },
  });
  // A terminal's Ctrl-C reaches the child by itself as well; it takes the second one for the first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWithNpm(child);
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
};
