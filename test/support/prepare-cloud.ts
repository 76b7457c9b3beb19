// vitest's global set-up of the projects that need a deployed cloud.
import { prepareCloud } from './cloud.ts';

let prepared: Promise<void> | undefined;

export const setup = (): Promise<void> => {
  prepared ??= prepareCloud((line) => process.stderr.write(`${line}\n`));
  return prepared;
};
