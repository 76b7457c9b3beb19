import { continueWith } from './bootstrap.mjs';

continueWith('../benchmarks/run.ts');
