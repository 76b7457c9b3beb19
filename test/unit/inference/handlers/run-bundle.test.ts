// What a run function's cold start has to read: its own code, and neither an SDK nor schemas.
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';

it('holds none of the packages that take long to load', () => {
  const { metafile, outputFiles } = buildSync({
    entryPoints: [new URL('../../../../lambdas/inference/handlers/run.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'error',
  });
  const packages = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 && path.includes('node_modules') ? path : [],
    ),
  );
  expect(packages).toEqual([]);
  const text = outputFiles[0]?.text ?? '';
  expect(text.length).toBeLessThan(60 * 1024);
  // TLS is loaded where the endpoint has it, HTTP by nobody.
  expect(text).not.toMatch(/require\("(node:)?(https?|tls)"\)/);
});
