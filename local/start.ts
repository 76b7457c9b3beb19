// npm start: the whole product on this machine. Sets up what is missing, starts, deploys what changed, seeds, tells.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bringUp } from './bring-up.ts';
import { cdkEnded, isCdkRunning, killCdk } from './cdk.ts';
import { isEmulatorRunning, isFrontRunning, stopCloud } from './cloud.ts';
import { say } from './say.ts';
import { type LocalState, makeStateFolder, readState } from './state.ts';
import { lockState } from './state-lock.ts';
import { printWelcome } from './welcome.ts';

const usage = `npm start [-- options]

  --once    leave it running in the background and return when it is ready; npm stop ends it
  --fresh   begin anew: forget all data of this local cloud first
  --help    this text

AIMASS_PORT   the emulator's port, the front takes the next one (default 4566)
AIMASS_STATE  where data, logs and outputs.json are kept (default .aimass)
`;

/** How long a step that cannot be broken off may take to notice. */
const SETTLE_MS = 5_000;

const readArguments = () => {
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean' }, fresh: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    return values;
  } catch (fault) {
    process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n\n${usage}`);
    process.exit(2);
  }
};

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One signal often comes twice (from the terminal and from npm): every further one is taken for the first. */
const onEnd = (work: () => void): void => {
  let ended = false;
  const listen = () => {
    if (!ended) work();
    ended = true;
  };
  for (const signal of endSignals) process.on(signal, listen);
};

/** Until a signal comes, or `npm stop` in another terminal has ended both. */
const untilEnded = (state: LocalState) =>
  new Promise<void>((resolve) => {
    onEnd(resolve);
    const watch = setInterval(() => {
      if (isFrontRunning(state) || isEmulatorRunning(state)) return;
      clearInterval(watch);
      resolve();
    }, 1000);
  });

/** Ends in order what a start has begun, so that the next one begins well. */
const breakOff = async (state: LocalState, starting: Promise<unknown>): Promise<void> => {
  if (isCdkRunning(state.deployFolder) && existsSync(state.savedFile)) {
    say('interrupted: finishing the deploy that is under way, so that the stacks stay whole');
    await cdkEnded(state.deployFolder);
  } else {
    say('interrupted: stopping');
    await killCdk(state.deployFolder);
  }
  await Promise.race([starting.catch(() => {}), sleep(SETTLE_MS)]);
  await stopCloud(state);
};

const stayUntilEnded = async (state: LocalState): Promise<void> => {
  await untilEnded(state);
  if (!isFrontRunning(state) && !isEmulatorRunning(state)) return say('it was stopped from elsewhere');
  say('stopping; the state is kept');
  if (!(await stopCloud(state))) say('the emulator had to be killed: what changed since the last clean stop is lost');
};

const main = async (): Promise<void> => {
  const args = readArguments();
  if (args.help) return void process.stdout.write(usage);
  const state = readState();
  makeStateFolder(state);
  const release = lockState(state);
  const ranBefore = isEmulatorRunning(state);
  const interruption = new AbortController();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    onEnd(() => {
      interruption.abort();
      resolve('interrupted');
    });
  });
  const starting = bringUp({ state, fresh: args.fresh ?? false, signal: interruption.signal });
  const outputs = await Promise.race([starting, interrupted]).catch(async (fault: unknown) => {
    await killCdk(state.deployFolder);
    if (!ranBefore || !existsSync(state.savedFile)) await stopCloud(state);
    throw fault;
  });
  if (outputs === 'interrupted') {
    await breakOff(state, starting);
    process.exit(130);
  }
  say('ready');
  printWelcome(outputs, { background: args.once ?? false, emulatorPort: state.emulatorPort, folder: state.folder });
  release();
  if (!args.once) await stayUntilEnded(state);
  process.exit(0);
};

main().catch((fault: unknown) => {
  process.stderr.write(`\n${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exit(1);
});
