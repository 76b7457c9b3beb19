// What is uploaded to Lambda: small enough, the same from the same sources, and loadable there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { governanceFiles } from '../../lambdas/governance/contract.ts';
import { sourceStack } from '../../lambdas/shared/platform/source-stack.ts';
import { buildOnnxruntimeLayer } from '../../layers/onnxruntime/build.ts';
import { bundleFunctions } from '../../lib/bundle.ts';

/** Function and layers together, unzipped. */
const LAMBDA_LIMIT_BYTES = 262_144_000;
const MIB = 1_048_576;

const scratch = () => mkdtempSync(join(tmpdir(), 'aimass-assets-'));
const sizeOf = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

const bundles = bundleFunctions({ 'governance-api': governanceFiles }, scratch());
const layer = buildOnnxruntimeLayer(scratch());
const everyBundle: readonly [string, string][] = [
  ['accounts', 'api'],
  ['registry', 'api'],
  ['registry', 'scan'],
  ['inference', 'infer'],
  ['inference', 'run'],
  ['inference', 'smoke'],
  ['billing', 'api'],
  ['billing', 'sealer'],
  ['governance', 'api'],
  ['governance', 'deliver'],
  ['governance', 'notify'],
  ['governance', 'relay'],
];

describe('the onnxruntime layer', () => {
  it('leaves room below Lambda’s limit with the largest function beside it', () => {
    const largest = Math.max(...everyBundle.map(([context, name]) => sizeOf(bundles.directoryOf(context, name))));
    expect(sizeOf(layer) + largest).toBeLessThan(LAMBDA_LIMIT_BYTES);
    expect(sizeOf(layer)).toBeLessThan(50 * MIB);
  });

  it('is the same, built twice', () => {
    expect(FileSystem.fingerprint(buildOnnxruntimeLayer(scratch()))).toBe(FileSystem.fingerprint(layer));
  });

  it('mends a directory that something else was left in', () => {
    const directory = scratch();
    writeFileSync(join(directory, 'left.so'), 'over');
    expect(FileSystem.fingerprint(buildOnnxruntimeLayer(directory))).toBe(FileSystem.fingerprint(layer));
  });

  it('holds one platform, and no GPU provider', () => {
    const natives = readdirSync(layer, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.(so|node|dll|dylib)/.test(path),
    );
    expect(natives.map((path) => path.replace('nodejs/node_modules/onnxruntime-node/bin/napi-v6/', '')).sort()).toEqual(
      ['linux/x64/libonnxruntime.so.1', 'linux/x64/onnxruntime_binding.node'],
    );
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('loads by the package’s name, as in Lambda', () => {
    const said = execFileSync(
      process.execPath,
      ['-e', "console.log(typeof require('onnxruntime-node').InferenceSession.create)"],
      { cwd: scratch(), env: { NODE_PATH: join(layer, 'nodejs', 'node_modules') }, encoding: 'utf8' },
    );
    expect(said.trim()).toBe('function');
  });
});

describe('a bundle', () => {
  it.each(everyBundle)('of %s %s is one file of CommonJS below 3 MiB', (context, name) => {
    const index = join(bundles.directoryOf(context, name), 'index.js');
    expect(statSync(index).size).toBeGreaterThan(500);
    expect(statSync(index).size).toBeLessThan(3 * MIB);
    expect(() => execFileSync(process.execPath, ['--check', index])).not.toThrow();
  });

  it('brings what the API of governance reads from the disk', () => {
    expect(readdirSync(bundles.directoryOf('governance', 'api')).sort()).toEqual(
      ['index.js', 'index.js.map', ...Object.keys(governanceFiles)].sort(),
    );
  });

  it('has the smoke function’s child beside it', () => {
    expect(readdirSync(bundles.directoryOf('inference', 'smoke')).sort()).toEqual([
      'index.js',
      'index.js.map',
      'smoke-child.js',
      'smoke-child.js.map',
    ]);
  });

  it.each([
    ['infer', 300],
    ['run', 40],
  ])('of inference %s, which callers wait for at a start, is below %i KiB', (name, kib) => {
    expect(statSync(join(bundles.directoryOf('inference', name), 'index.js')).size).toBeLessThan(kib * 1024);
  });

  it.each(['infer', 'run', 'smoke'])('of inference %s has no reader of the whole ONNX schema in it', (name) => {
    const bundle = readFileSync(join(bundles.directoryOf('inference', name), 'index.js'), 'utf8');
    expect(bundle).not.toContain('file_onnx_ml');
  });

  it('logs a fault in the names and lines of its sources', () => {
    const index = join(bundles.directoryOf('inference', 'infer'), 'index.js');
    // It throws at once: its environment is missing.
    const said = execFileSync(
      process.execPath,
      ['-e', 'try { require(process.argv[1]) } catch (fault) { console.log(fault.stack) }', index],
      { encoding: 'utf8', env: {} },
    );
    expect(said).toContain(index);
    expect(sourceStack(said)).toMatch(/at lambdas\/shared\/platform\/env\.ts:\d+:\d+\n/);
    expect(sourceStack(said)).toMatch(/at lambdas\/inference\/handlers\/infer\.ts:\d+:\d+\n/);
    expect(sourceStack(said)).toMatch(/^Error: environment variables are missing or malformed/);
    // In the words of the locale, which zod/mini does not bring along.
    expect(said).toContain('REGISTRY_TABLE: Invalid input: expected string, received undefined');
  });

  it('is the same, built twice', () => {
    expect(bundleFunctions({ 'governance-api': governanceFiles }, scratch()).hash).toBe(bundles.hash);
  });

  it('is refused where there is no handler', () => {
    expect(() => bundles.directoryOf('inference', 'nothing')).toThrow('lambdas/inference/handlers/nothing.ts');
  });
});
