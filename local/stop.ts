// npm stop: ends what `npm start -- --once` left running, saving its state.
import { existsSync } from 'node:fs';
import { isEmulatorRunning, isFrontRunning, stopCloud } from './cloud.ts';
import { say } from './say.ts';
import { readState } from './state.ts';
import { lockState } from './state-lock.ts';

const main = async (): Promise<void> => {
  if (process.argv.length > 2) {
    process.stderr.write('npm stop takes no arguments; AIMASS_STATE names whose cloud is meant (default .aimass)\n');
    process.exit(2);
  }
  const state = readState();
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
