// Processes of the local cloud: started detached with a log of their own, remembered by pid files, ended by pid.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** stdout and stderr go here. */
  readonly logFile: string;
  readonly pidFile: string;
}

/** Starts it in a session of its own, so that Ctrl-C in our terminal does not reach it before we stop it in order. */
export const startDetached = (program: Program): number => {
  const log = openSync(program.logFile, 'a');
  const child = spawn(program.command, [...program.args], {
    cwd: program.cwd,
    env: { ...program.env },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`could not start ${program.command}`);
  child.unref();
  rememberPid(program.pidFile, child.pid);
  return child.pid;
};

/** With its start time, so that another process that later got the same pid is not taken for it. */
export const rememberPid = (pidFile: string, pid: number): void =>
  writeFileSync(pidFile, `${pid} ${startTimeOf(pid) ?? ''}\n`);

/** The process that a pid file names, if it still runs. */
export const runningPid = (pidFile: string): number | undefined => {
  if (!existsSync(pidFile)) return undefined;
  const [pidText = '', startTime = ''] = readFileSync(pidFile, 'utf8').trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid < 2 || !isAlive(pid)) return undefined;
  return startTime === (startTimeOf(pid) ?? '') ? pid : undefined;
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readProc(pid, 'status') ?? '');
  } catch {
    return false;
  }
};

/** SIGTERM, waits, SIGKILL. @returns true when it ended by itself within the grace */
export const endProcess = async (pid: number, graceMs: number): Promise<boolean> => {
  if (!signal(pid, 'SIGTERM')) return true;
  for (const deadline = Date.now() + graceMs; Date.now() < deadline; ) {
    if (!isAlive(pid)) return true;
    await sleep(50);
  }
  signal(pid, 'SIGKILL');
  while (isAlive(pid)) await sleep(20);
  return false;
};

export const forgetPid = (pidFile: string): void => rmSync(pidFile, { force: true });

/** Processes whose command line contains the text, e.g. the folder that only our workers run from. */
export const pidsNaming = (text: string): number[] =>
  allPids().filter(
    (pid) => pid !== process.pid && (readProc(pid, 'cmdline') ?? '').replaceAll('\0', ' ').includes(text),
  );

/** The same, and those that were given the text in their environment, e.g. the folder for all that a test run leaves. */
export const pidsGiven = (text: string): number[] => {
  const named = new Set(pidsNaming(text));
  return allPids().filter(
    (pid) => named.has(pid) || (pid !== process.pid && (readProc(pid, 'environ') ?? '').includes(text)),
  );
};

const signal = (pid: number, name: NodeJS.Signals): boolean => {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
};

const readProc = (pid: number, file: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
};

/** Clock ticks since boot at which it started; undefined where there is no /proc. */
const startTimeOf = (pid: number): string | undefined => readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ')[19];

const allPids = (): number[] =>
  existsSync('/proc')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
    : [];

/** Whether nobody listens on the loopback port. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** Whether somebody takes connections on the loopback port. It does not bind the port, so it never takes it from anyone. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });

/**
 * Where ports are chosen: below those that Linux (from 32768) and macOS (from 49152) give to outgoing connections. One of
 * those may be taken by any client at any moment in which nobody listens on it, such as between a stop and a start.
 */
const CHOSEN_PORTS = { from: 20_000, to: 32_000 } as const;

/** A loopback port nobody listens on, and the next one free too. */
export const freePortPair = async (): Promise<number> => {
  const { from, to } = CHOSEN_PORTS;
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = from + Math.floor(Math.random() * (to - from));
    if ((await isPortFree(port)) && (await isPortFree(port + 1))) return port;
  }
  throw new Error(`no two neighbouring ports between ${from} and ${to} are free`);
};

/** Who holds the port, as far as this system tells: `pid 4711 (python3 server.py)`. */
export const portHolder = (port: number): string => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6']
    .filter(existsSync)
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    // Whoever listens there, or has it as its own end of a connection: both keep others from it.
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[9] !== '0')
    .map((fields) => `socket:[${fields[9]}]`);
  for (const pid of allPids()) {
    if (!holdsAny(pid, inodes)) continue;
    const command = (readProc(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim().slice(0, 80);
    return `pid ${pid} (${command})`;
  }
  return 'another process, which this user may not look at';
};

const holdsAny = (pid: number, inodes: readonly string[]): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(readlinkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
};

const readlinkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};
