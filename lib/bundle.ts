// All functions' code in one esbuild call: lambdas/<context>/handlers/<name>.ts → dist/functions/<context>-<name>/index.js.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from './root.ts';
import { writeTree } from './write-tree.ts';

/** Handlers that are no function of their own but a second file in another's bundle: bundle → file there. */
const besideAnother: Readonly<Record<string, { readonly bundle: string; readonly file: string }>> = {
  'inference-smoke-child': { bundle: 'inference-smoke', file: 'smoke-child.js' },
};

/** Where each function's code lies. */
export interface Bundles {
  /** The directory with `index.js` of lambdas/<context>/handlers/<name>.ts. @throws Error when there is no such handler */
  directoryOf(context: string, name: string): string;
  /** Of all of it: 12 hexadecimal digits. */
  readonly hash: string;
}

/**
 * @param extras - bundle → file name beside its index.js → source, seen from the repository's root
 * @param outDirectory - default dist/functions
 */
export const bundleFunctions = (
  extras: Readonly<Record<string, Readonly<Record<string, string>>>>,
  outDirectory = join(root, 'dist', 'functions'),
): Bundles => {
  const contents = build(findHandlers());
  for (const [bundle, files] of Object.entries(extras)) {
    for (const [file, source] of Object.entries(files)) {
      contents.get(bundle)?.set(file, readFileSync(join(root, source)));
    }
  }
  for (const [bundle, files] of contents) writeTree(join(outDirectory, bundle), files);
  return {
    hash: hashOf(contents),
    directoryOf: (context, name) => {
      const bundle = `${context}-${name}`;
      if (contents.has(bundle)) return join(outDirectory, bundle);
      throw new Error(`there is no lambdas/${context}/handlers/${name}.ts to deploy`);
    },
  };
};

const hashOf = (contents: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>) => {
  const hash = createHash('sha256');
  for (const [bundle, files] of contents) {
    for (const [file, content] of files) hash.update(`${bundle}/${file}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
};

/** Output path without its ending → handler file. */
const findHandlers = (): Record<string, string> => {
  const entryPoints: Record<string, string> = {};
  for (const context of readdirSync(join(root, 'lambdas')).sort()) {
    const directory = join(root, 'lambdas', context, 'handlers');
    if (!existsSync(directory)) continue;
    for (const file of readdirSync(directory).sort()) {
      if (!file.endsWith('.ts')) continue;
      const bundle = `${context}-${file.slice(0, -'.ts'.length)}`;
      const place = besideAnother[bundle] ?? { bundle, file: 'index.js' };
      entryPoints[`${place.bundle}/${place.file.slice(0, -'.js'.length)}`] = join(directory, file);
    }
  }
  return entryPoints;
};

/** Minified, each with its source map beside it: that is read when a fault is logged, so that a start does not pay for it. */
const build = (entryPoints: Record<string, string>): Map<string, Map<string, Uint8Array>> => {
  const outdir = join(root, 'dist', 'functions');
  const { outputFiles } = buildSync({
    entryPoints,
    outdir,
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The ES modules of a package can be shaken; its CommonJS cannot.
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'error',
  });
  const bundles = new Map<string, Map<string, Uint8Array>>();
  for (const output of outputFiles) {
    const [bundle = '', file = ''] = relative(outdir, output.path).split('/');
    const files = bundles.get(bundle) ?? new Map<string, Uint8Array>();
    bundles.set(bundle, files.set(file, output.contents));
  }
  return bundles;
};
