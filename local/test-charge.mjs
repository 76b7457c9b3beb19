import { continueWith } from './bootstrap.mjs';

continueWith('../test/charge/main.ts');
