// npm start: the whole product on this machine. Sets up what is missing, starts, deploys what changed, seeds, tells.
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bringUp } from './bring-up.ts';
import { isEmulatorRunning, isFrontRunning, stopCloud } from './cloud.ts';
import { say } from './say.ts';
import { type LocalState, readState } from './state.ts';
import { lockState } from './state-lock.ts';
import { printWelcome } from './welcome.ts';

const usage = `npm start [-- options]

  --once    leave it running in the background and return when it is ready; npm stop ends it
  --fresh   begin anew: forget all data of this local cloud first
  --help    this text

AIMASS_PORT   the emulator's port, the front takes the next one (default 4566)
AIMASS_STATE  where data, logs and outputs.json are kept (default .aimass)
`;

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
const onEnd = (work: () => void): (() => void) => {
  let ended = false;
  const listen = () => {
    if (!ended) work();
    ended = true;
  };
  for (const signal of endSignals) process.on(signal, listen);
  return () => {
    for (const signal of endSignals) process.off(signal, listen);
  };
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

const main = async (): Promise<void> => {
  const args = readArguments();
  if (args.help) return void process.stdout.write(usage);
  const state = readState();
  mkdirSync(state.folder, { recursive: true });
  const release = lockState(state);
  // Ctrl-C while starting: stop in order what was started, so that the next start begins well.
  const keepOn = onEnd(() => {
    say('interrupted: stopping');
    void stopCloud(state).then(() => process.exit(130));
  });
  const outputs = await bringUp(state, { fresh: args.fresh ?? false });
  say('ready');
  printWelcome(outputs, { background: args.once ?? false, emulatorPort: state.emulatorPort, folder: state.folder });
  keepOn();
  release();
  if (args.once) return;
  await untilEnded(state);
  if (!isFrontRunning(state) && !isEmulatorRunning(state)) {
    say('it was stopped from elsewhere');
    process.exit(0);
  }
  say('stopping; the state is kept');
  if (!(await stopCloud(state))) say('the emulator had to be killed: what changed since the last clean stop is lost');
  process.exit(0);
};

main().catch((fault: unknown) => {
  process.stderr.write(`\n${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exit(1);
});
