import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  endProcess,
  isAlive,
  isListening,
  isPortFree,
  pidsNaming,
  portHolder,
  rememberPid,
  runningPid,
  startDetached,
} from '../../../local/processes.ts';

let folder: string;
let pidFile: string;
const started: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimass-processes-'));
  pidFile = join(folder, 'pid');
});

afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const start = (code: string): number => {
  const pid = startDetached({
    command: process.execPath,
    args: ['-e', code, folder],
    env: { ONLY: 'this' },
    cwd: folder,
    logFile: join(folder, 'log'),
    pidFile,
  });
  started.push(pid);
  return pid;
};

const until = async (isSo: () => boolean) => {
  for (let i = 0; i < 200 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(isSo()).toBe(true);
};

const log = () => readFileSync(join(folder, 'log'), 'utf8');

describe('a detached process', () => {
  it('gets the environment it was given and nothing else, and logs to its file', async () => {
    start('console.log(Object.keys(process.env).join()); setInterval(() => {}, 1000)');
    await until(() => log().includes('ONLY'));
    expect(log().trim()).toBe('ONLY');
  });

  it('is known by its pid file while it runs, and no longer', async () => {
    const pid = start('setInterval(() => {}, 1000)');
    expect(runningPid(pidFile)).toBe(pid);
    expect(pidsNaming(folder)).toContain(pid);
    await endProcess(pid, 5000);
    expect(runningPid(pidFile)).toBeUndefined();
    expect(pidsNaming(folder)).toEqual([]);
  });

  it('ends by itself when it heeds SIGTERM, and by force when it does not', async () => {
    const heeds = start("process.on('SIGTERM', () => process.exit(0)); console.log('up'); setInterval(() => {}, 1000)");
    await until(() => log().includes('up'));
    expect(await endProcess(heeds, 5000)).toBe(true);
    const deaf = start("process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)");
    await until(() => log().includes('deaf'));
    expect(await endProcess(deaf, 200)).toBe(false);
    expect(isAlive(deaf)).toBe(false);
  });
});

describe('a pid file', () => {
  it('does not name another process that later got the same pid', () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const pid = child.pid ?? 0;
    started.push(pid);
    rememberPid(pidFile, pid);
    expect(runningPid(pidFile)).toBe(pid);
    writeFileSync(pidFile, `${pid} 12345\n`);
    expect(runningPid(pidFile)).toBeUndefined();
  });

  it.each(['', 'nonsense', '1 5', '-4 5'])('with %j names nobody', (text) => {
    writeFileSync(pidFile, text);
    expect(runningPid(pidFile)).toBeUndefined();
  });
});

describe('a port', () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('is taken while somebody listens, and says who', async () => {
    expect(await isPortFree(port)).toBe(false);
    expect(await isListening(port)).toBe(true);
    expect(portHolder(port)).toContain(`pid ${process.pid} (`);
  });

  it('is taken while it is the near end of a connection, and says whose', async () => {
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    const near = client.localPort ?? 0;
    expect(await isPortFree(near)).toBe(false);
    expect(portHolder(near)).toContain(`pid ${process.pid} (`);
    client.destroy();
  });

  it('is free when nobody does', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
    expect(await isListening(port)).toBe(false);
    expect(portHolder(port)).toBe('another process, which this user may not look at');
  });
});
