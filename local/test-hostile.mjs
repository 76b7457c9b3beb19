import { continueWith } from './bootstrap.mjs';

continueWith('../test/hostile/main.ts');
