// npm start and npm stop as a person uses them: on a state that a first start has made, and on none.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ministackPid } from '../../local/ministack.ts';
import { readOutputs } from '../../local/outputs.ts';
import { freePortPair, isAlive, pidsNaming, runningPid } from '../../local/processes.ts';
import { root } from '../../local/root.ts';
import { type LocalState, stateAt } from '../../local/state.ts';
import { prepareCloud } from '../support/cloud.ts';

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  said(text: string): Promise<void>;
}

let state: LocalState;

const run = (program: 'start' | 'stop', args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running => {
  const child = spawn(process.execPath, [join(root, `local/${program}.mjs`), ...args], {
    env: { ...process.env, AIMASS_PORT: String(state.emulatorPort), AIMASS_STATE: state.folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, text })));
  const said = async (wanted: string) => {
    while (!text.includes(wanted)) {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before '${wanted}': ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { child, ended, said };
};

const balance = async (): Promise<string> => {
  const outputs = readOutputs(state.outputsFile);
  if (!outputs) throw new Error('there is no outputs.json');
  const answer = await fetch(`${outputs.apiUrl}/v1/balance`, {
    headers: { authorization: `Bearer ${outputs.demo.consumer.apiKey}` },
  });
  return answer.text();
};

const nothingRuns = () => {
  expect(runningPid(state.frontPidFile)).toBeUndefined();
  expect(ministackPid(state.emulatorFolder)).toBeUndefined();
  expect(pidsNaming(state.folder)).toEqual([]);
};

beforeEach(async () => {
  state = stateAt(mkdtempSync(join(tmpdir(), 'aimass-start-')), await freePortPair());
});

afterEach(async () => {
  await run('stop').ended;
  rmSync(state.folder, { recursive: true, force: true });
});

describe('a wrong command line', () => {
  it('is told the usage and changes nothing', async () => {
    const { code, text } = await run('start', ['--onec']).ended;
    expect(code, text).toBe(2);
    expect(text).toContain("Unknown option '--onec'");
    expect(text).toContain('--once    leave it running');
    expect((await run('stop', ['now']).ended).code).toBe(2);
    expect(existsSync(state.emulatorFolder)).toBe(false);
  });

  it('is told which port is no port', async () => {
    const { code, text } = await run('start', ['--once'], { AIMASS_PORT: 'http' }).ended;
    expect(code, text).toBe(1);
    expect(text).toContain("'AIMASS_PORT' must be a port between 1024 and 65534, got 'http'");
  });

  it('is answered by --help', async () => {
    const { code, text } = await run('start', ['--help']).ended;
    expect(code, text).toBe(0);
    expect(text).toContain('AIMASS_STATE');
  });
});

describe('a taken port', () => {
  it.each(['emulator', 'front'] as const)('of the %s is named, with who holds it', async (which) => {
    const port = which === 'emulator' ? state.emulatorPort : state.frontPort;
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    try {
      const { code, text } = await run('start', ['--once']).ended;
      expect(code, text).toBe(1);
      expect(text).toContain(`port ${port}, which the ${which} needs, is taken by pid ${process.pid}`);
      nothingRuns();
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });
});

describe('a first start that is broken off', () => {
  it('by a signal leaves no process and says so', async () => {
    const start = run('start');
    await start.said('preparing the emulated account');
    start.child.kill('SIGTERM');
    const { code, text } = await start.ended;
    expect(code, text).toBe(130);
    expect(text).toContain('interrupted: stopping');
    nothingRuns();
  });

  it('by npm stop leaves no process', async () => {
    const start = run('start');
    await start.said('preparing the emulated account');
    const stop = await run('stop').ended;
    expect(stop.text).toContain('ending the start');
    expect((await start.ended).code).toBe(130);
    nothingRuns();
  });

  it('by a hard kill is begun anew, and is then whole', async () => {
    const first = run('start');
    await first.said('preparing the emulated account');
    const program = Number(readFileSync(join(state.folder, 'lock'), 'utf8'));
    process.kill(program, 'SIGKILL');
    await first.ended;
    const { code, text } = await run('start', ['--once']).ended;
    expect(text).toContain('the first start was interrupted: beginning it anew');
    expect(code, text).toBe(0);
    expect(await balance()).toContain('"availableMicros":');
  });
});

describe('a cloud that was once complete', () => {
  let template: string;

  beforeAll(async () => {
    template = await prepareCloud();
  });

  beforeEach(async () => {
    cpSync(template, state.folder, { recursive: true });
    const { code, text } = await run('start', ['--once']).ended;
    expect(text).toContain('ready');
    expect(code, text).toBe(0);
  });

  it('is not deployed again when nothing has changed, and keeps its data over a stop', async () => {
    const before = await balance();
    const again = await run('start', ['--once']).ended;
    expect(again.text).toContain(`the local cloud runs already on port ${state.emulatorPort}`);
    expect(again.text).not.toContain('deploying');
    const stop = await run('stop').ended;
    expect(stop.text).toContain('stopping; the state is kept');
    nothingRuns();
    expect((await run('start', ['--once']).ended).text).not.toContain('deploying');
    expect(await balance()).toBe(before);
  });

  it('is deployed again when the sources have changed, and keeps its data', async () => {
    const before = await balance();
    const stamp = readFileSync(state.deployStampFile, 'utf8');
    writeFileSync(
      state.deployStampFile,
      stamp.replace(/"fingerprint": "[0-9a-f]+"/, '"fingerprint": "of other sources"'),
    );
    const { code, text } = await run('start', ['--once']).ended;
    expect(text).toContain('deploying aimass-dev-data');
    expect(code, text).toBe(0);
    expect(readFileSync(state.deployStampFile, 'utf8')).toBe(stamp);
    expect(await balance()).toBe(before);
  });

  it('stays in the foreground until it is ended, and then leaves no process', async () => {
    const start = run('start');
    await start.said('Ctrl-C ends it');
    expect(start.child.exitCode).toBeNull();
    start.child.kill('SIGTERM');
    const { code, text } = await start.ended;
    expect(code, text).toBe(0);
    expect(text).toContain('stopping; the state is kept');
    nothingRuns();
  });

  it('goes on from what was saved after its emulator was killed hard, and says what may be lost', async () => {
    const before = await balance();
    const pid = ministackPid(state.emulatorFolder) ?? 0;
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    const { code, text } = await run('start', ['--once']).ended;
    expect(text).toMatch(/ended without saving: going on from the state saved at \d{4}-\d\d-\d\d/);
    expect(code, text).toBe(0);
    expect(await balance()).toBe(before);
  });

  it('says on its front that the emulator does not answer, in the one shape of errors', async () => {
    const pid = ministackPid(state.emulatorFolder) ?? 0;
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    const answer = await fetch(`http://127.0.0.1:${state.frontPort}/v1/health`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: 503, code: 'unavailable' });
  });

  it('is moved to other ports with all its data', async () => {
    const before = await balance();
    await run('stop').ended;
    const other = await freePortPair();
    state = stateAt(state.folder, other);
    const { code, text } = await run('start', ['--once']).ended;
    expect(code, text).toBe(0);
    expect(readOutputs(state.outputsFile)?.apiUrl).toBe(`http://127.0.0.1:${other + 1}`);
    expect(await balance()).toBe(before);
  });

  it('forgets everything when it is told to begin anew', async () => {
    writeFileSync(join(state.folder, 'emulator', 'mark'), 'old');
    const { code, text } = await run('start', ['--once', '--fresh']).ended;
    expect(text).toContain('beginning anew');
    expect(code, text).toBe(0);
    expect(existsSync(join(state.folder, 'emulator', 'mark'))).toBe(false);
  });

  it('sends a browser that opens the front to the API reference', async () => {
    const answer = await fetch(`http://127.0.0.1:${state.frontPort}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
  });
});
