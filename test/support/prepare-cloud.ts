// vitest's global set-up of the projects whose every file needs a deployed cloud: it is deployed before any of them runs.
import { prepareCloud } from './cloud.ts';

export const setup = async (): Promise<void> => {
  await prepareCloud();
};
