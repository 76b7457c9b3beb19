import { continueWith } from './bootstrap.mjs';

continueWith('audit.ts');
