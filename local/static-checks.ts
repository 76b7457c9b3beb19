// What is checked without running anything of the product: format and lint, types, boundaries, generated documents, and
// before a whole test run the templates of every stage.
import { runQuietly, type Tally } from './run-tests.ts';

const checks = [
  { name: 'format and lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'], mend: 'npm run format' },
  { name: 'types', args: ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.json'] },
  {
    name: 'boundaries',
    args: [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'bin',
      'lib',
      'lambdas',
      'local',
      'tools',
      'test',
      'benchmarks',
    ],
  },
  { name: 'generated documents', args: ['tools/generate-docs.ts', '--check'], mend: 'npm run docs' },
] as const;

/** Too slow for every push: it synthesises all stages. */
const templates = { name: 'templates (cdk-nag, cfn-lint)', args: ['tools/lint-templates.ts'] } as const;

/** Runs them side by side. @returns one pass or failure a check, each failure with its output shown */
export const runStaticChecks = async ({ whole }: { readonly whole: boolean }): Promise<Tally> => {
  const tally = { passed: 0, failed: 0 };
  await Promise.all(
    (whole ? [...checks, templates] : checks).map(async (check) => {
      const startedAt = performance.now();
      const { code, text } = await runQuietly(check.args);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? '✓' : '✗'} ${check.name} (${seconds} s)\n`);
      if (code === 0) tally.passed++;
      else {
        tally.failed++;
        const mend = 'mend' in check ? `  mend what can be mended: ${check.mend}\n` : '';
        process.stdout.write(`${text.trim()}\n${mend}`);
      }
    }),
  );
  return tally;
};
