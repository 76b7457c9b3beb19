// Every hand-made attack.
import type { Attack } from '../attack.ts';
import { expansion } from './expansion.ts';
import { loadBombs } from './load-bombs.ts';
import { memory } from './memory.ts';
import { names } from './names.ts';
import { noModel } from './no-model.ts';
import { operators } from './operators.ts';
import { outsideTheFile } from './outside-the-file.ts';
import { runBombs } from './run-bombs.ts';
import { setOff } from './set-off.ts';
import { shapes } from './shapes.ts';
import { trees } from './trees.ts';
import { wire } from './wire.ts';

export const allAttacks: readonly Attack[] = [
  ...outsideTheFile,
  ...noModel,
  ...wire,
  ...names,
  ...shapes,
  ...expansion,
  ...operators,
  ...loadBombs,
  ...runBombs,
  ...setOff,
  ...trees,
  ...memory,
];
