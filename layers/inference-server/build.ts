// The inference server as a directory that Node alone runs: its three programs, each one file of CommonJS, beside the
// same onnxruntime as the functions' layer.
//
//   <directory>/nodejs/{main,run-child,prove-child}.js
//   <directory>/nodejs/node_modules/onnxruntime-…
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { buildOnnxruntimeLayer } from '../onnxruntime/build.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * @param outDirectory - empty, not there yet, or of an earlier build: whatever else it held would be gone
 * @returns the directory
 * @throws Error when it holds something else
 */
export const buildInferenceServer = (outDirectory = join(root, 'dist', 'inference-server')): string => {
  const isOurs = existsSync(join(outDirectory, 'nodejs', 'main.js'));
  if (!isOurs && existsSync(outDirectory) && readdirSync(outDirectory).length > 0) {
    throw new Error(`'directory' must be empty, or of an earlier build, got ${outDirectory}`);
  }
  buildOnnxruntimeLayer(outDirectory);
  const { outputFiles } = buildSync({
    entryPoints: ['main', 'run-child', 'prove-child'].map((name) => join('lambdas/inference/server', `${name}.ts`)),
    outdir: join(outDirectory, 'nodejs'),
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'error',
  });
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  return outDirectory;
};

if (import.meta.main) {
  const [outDirectory] = process.argv.slice(2);
  process.stdout.write(`${buildInferenceServer(outDirectory === undefined ? undefined : resolve(outDirectory))}\n`);
}
