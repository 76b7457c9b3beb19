// The executor's file with the module in it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

export const forestModuleFile = async (): Promise<string> => {
  const source = readFileSync(join(import.meta.dirname, 'forest.wat'), 'utf8');
  const module = (await wabt()).parseWat('forest.wat', source);
  module.validate();
  return `\
// Written by tools/generate-forest-module.ts from tools/forest-module/forest.wat, which says what it does.
/** Base64 of a module that is given \`forest.memory\` and gives \`ask\`, \`walk\` and \`sum\`. */
export const forestModule =
  '${Buffer.from(module.toBinary({}).buffer).toString('base64')}';
`;
};
