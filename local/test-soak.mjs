import { continueWith } from './bootstrap.mjs';

continueWith('../test/soak/main.ts');
