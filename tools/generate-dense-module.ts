// node tools/generate-dense-module.ts: writes the WebAssembly of dense products as text, for the executor to load.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { denseModuleFile } from './dense-module/dense-module-file.ts';

writeFileSync(join(import.meta.dirname, '..', 'lambdas/shared/executor/kernels/dense-module.ts'), denseModuleFile());
