import type { Session } from '../ports.ts';

/** A model ready to run, whatever it was loaded from. */
export type LoadedModel = Pick<Session, 'run' | 'release'>;
