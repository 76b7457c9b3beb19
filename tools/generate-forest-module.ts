// node tools/generate-forest-module.ts: writes the WebAssembly of forests as text, for the executor to load.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { forestModuleFile } from './forest-module/forest-module-file.ts';

const file = join(import.meta.dirname, '..', 'lambdas/shared/executor/kernels/forest-module.ts');
writeFileSync(file, await forestModuleFile());
