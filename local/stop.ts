// npm stop: ends what `npm start` runs or is about to, saving its state.
import { existsSync } from 'node:fs';
import { isEmulatorRunning, isFrontRunning, stopCloud } from './cloud.ts';
import { endProcess } from './processes.ts';
import { say } from './say.ts';
import { readState } from './state.ts';
import { lockHolder, lockState } from './state-lock.ts';

/** It stops what it has begun, and may have to finish a deploy first. */
const STARTING_ENDS_WITHIN_MS = 120_000;

const main = async (): Promise<void> => {
  if (process.argv.length > 2) {
    process.stderr.write('npm stop takes no arguments; AIMASS_STATE names whose cloud is meant (default .aimass)\n');
    process.exit(2);
  }
  const state = readState();
  const starting = lockHolder(state);
  if (starting !== undefined) {
    say(`ending the start or stop that is under way (pid ${starting})`);
    await endProcess(starting, STARTING_ENDS_WITHIN_MS);
  }
  if (!existsSync(state.folder) || !(isEmulatorRunning(state) || isFrontRunning(state))) {
    return say('nothing runs');
  }
  const release = lockState(state);
  say('stopping; the state is kept');
  const saved = await stopCloud(state);
  say(saved ? 'stopped' : 'the emulator had to be killed: what changed since the last clean stop is lost');
  release();
};

main().catch((fault: unknown) => {
  process.stderr.write(`\n${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exit(1);
});
