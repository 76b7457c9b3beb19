import { continueWith } from './bootstrap.mjs';

continueWith('stop.ts');
