// The inference server as its image holds it: built outside of the repository, run by Node alone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeRunAnswer } from '../../lambdas/inference/domain/run-message.ts';
import { buildInferenceServer } from '../../layers/inference-server/build.ts';
import { root } from '../../lib/root.ts';
import { messageFor, send, servedModelOf } from '../support/inference-server.ts';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
};

let running: ChildProcess | undefined;
afterAll(() => running?.kill('SIGKILL'));

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the built server', () => {
  it('serves a model that came with it, and ends when told to', async () => {
    const directory = buildInferenceServer(mkdtempSync(join(tmpdir(), 'aimass-server-')));
    const path = join(directory, 'iris.onnx');
    copyFileSync(join(root, 'local/demo/models/iris.onnx'), path);
    const model = servedModelOf(readFileSync(path));
    const port = await freePort();
    running = spawn(process.execPath, [join(directory, 'nodejs', 'main.js'), 'serve'], {
      cwd: directory,
      env: {
        PORT: String(port),
        HOST: '127.0.0.1',
        WORKERS: '1',
        MODELS: JSON.stringify([{ path, sha256: model.sha256 }]),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const isUp = () =>
      send(port, '/ping', { method: 'GET' }).then(
        ({ status }) => status === 200,
        () => false,
      );
    while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 50));

    const x = { name: 'X', datatype: 'FP32' as const, shape: [1, 4], data: new Uint8Array(16) };
    const { status, body } = await send(port, '/invocations', { body: messageFor(model, [x], ['probabilities']) });
    expect(status).toBe(200);
    expect(decodeRunAnswer(body)).toMatchObject({ ok: true, outputs: [{ name: 'probabilities', shape: [1, 3] }] });

    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('is not built into a directory of something else, which would be gone', () => {
    const directory = mkdtempSync(join(tmpdir(), 'aimass-server-'));
    writeFileSync(join(directory, 'thesis.txt'), 'x');
    expect(() => buildInferenceServer(directory)).toThrow(/must be empty/);
    expect(existsSync(join(directory, 'thesis.txt'))).toBe(true);
  });

  it('names what is wrong with its environment, and does not begin', async () => {
    const directory = buildInferenceServer(mkdtempSync(join(tmpdir(), 'aimass-server-')));
    const started = spawn(process.execPath, [join(directory, 'nodejs', 'main.js')], {
      env: { WORKERS: '0', MODELS: '{' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    started.stdout.on('data', (chunk) => (said += chunk));
    expect(await once(started, 'close')).toEqual([1, null]);
    expect(said).toMatch(/WORKERS.*MODELS|MODELS.*WORKERS/s);
  });
});

describe('the Dockerfile', () => {
  const lines = readFileSync(join(root, 'layers/inference-server/Dockerfile'), 'utf8').split('\n');
  const said = (instruction: string) =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

  it('is based on the Node that the project pins, in every stage', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(said('ARG')).toEqual([`NODE_IMAGE=node:${devDependencies.node}-bookworm-slim`]);
    for (const from of said('FROM')) expect(from).toMatch(/^\$\{NODE_IMAGE\}/);
  });

  it('copies only what there is, and runs as nobody’s root', () => {
    const copied = said('COPY').filter((line) => !line.startsWith('--from'));
    for (const source of copied.flatMap((line) => line.split(' ').slice(0, -1))) {
      expect(existsSync(join(root, source)), source).toBe(true);
    }
    expect(said('USER')).toEqual(['node']);
  });
});
