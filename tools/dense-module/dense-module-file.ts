// The executor's file with the module in it.
import { emitDenseModule } from './emit-dense-module.ts';

export const denseModuleFile = (): string => `\
// Written by tools/generate-dense-module.ts from tools/dense-module/emit-dense-module.ts, which says what it does.
/** Base64 of a module that is given \`dense.memory\` and gives \`multiply\`. */
export const denseModule =
  '${Buffer.from(emitDenseModule()).toString('base64')}';
`;
