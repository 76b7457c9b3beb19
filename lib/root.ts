// Where the repository lies: paths in lib/ are built from here, so that synthesis works from any directory.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
