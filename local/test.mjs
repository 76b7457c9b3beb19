import { continueWith } from './bootstrap.mjs';

continueWith('test.ts');
