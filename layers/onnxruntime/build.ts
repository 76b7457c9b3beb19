// The onnxruntime layer: the locked npm package, cut down to what runs on Lambda's linux/x64. The package's other
// platforms would not fit (288 MB unpacked, against Lambda's 262 144 000 bytes for a function and its layers).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTree } from '../../lib/write-tree.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Below node_modules. A directory is taken whole, but for what `leftOut` names. */
const kept = [
  'onnxruntime-node/package.json',
  'onnxruntime-node/dist',
  'onnxruntime-node/bin/napi-v6/linux/x64',
  'onnxruntime-common/package.json',
  'onnxruntime-common/dist/cjs',
];
/** GPU providers (present if the package's install script ran), types and source maps. */
const leftOut = /providers_(cuda|tensorrt|shared)|\.d\.ts$|\.map$/;

/** @returns the layer's directory, holding nodejs/node_modules */
export const buildOnnxruntimeLayer = (outDirectory = join(root, 'dist', 'layers', 'onnxruntime')): string => {
  const modules = join(root, 'node_modules');
  const files = new Map<string, Uint8Array>();
  for (const path of kept.flatMap((entry) => filesBelow(join(modules, entry)))) {
    if (!leftOut.test(path)) files.set(join('nodejs', 'node_modules', relative(modules, path)), readFileSync(path));
  }
  writeTree(outDirectory, files);
  return outDirectory;
};

const filesBelow = (path: string): string[] =>
  path.endsWith('.json')
    ? [path]
    : readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
