// What running a compiled model brings into a bundle: little, and nothing of publish time.
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';
import { root } from '../../../../local/root.ts';

const { metafile, outputFiles } = buildSync({
  entryPoints: [join(root, 'lambdas/shared/executor/load-executor.ts')],
  absWorkingDir: root,
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  outdir: 'dist',
});

it('is made of the executor’s own files alone', () => {
  const foreign = Object.keys(metafile.inputs).filter(
    (path) => !/^lambdas\/shared\/executor\/([^/]+|kernels\/[^/]+)$/.test(path),
  );
  expect(foreign).toEqual([]);
});

it('weighs less than 54 KiB, of which the WebAssembly is 3', () => {
  expect(outputFiles[0]?.contents.length).toBeLessThan(54 * 1024);
});
