// Schemathesis makes requests of docs/openapi.json, good ones and bad ones, and holds every answer of the running API
// against it: as nobody, as one who calls models, as a publisher and as an operator.
//
// SCHEMATHESIS_EXAMPLES=100 SCHEMATHESIS_SEED=7 npm run test:contract -- schemathesis   looks longer, and elsewhere.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Person } from '../support/person.ts';
import { publishModel } from '../support/publish.ts';
import { Description } from './description.ts';
import { type Python, pythonWithSchemathesis } from './python.ts';

const iris = readFileSync(new URL('../../local/demo/models/iris.onnx', import.meta.url));
const openApi = join(import.meta.dirname, '../../docs/openapi.json');
const { SCHEMATHESIS_EXAMPLES: examples = '5', SCHEMATHESIS_SEED: seed = '20261124' } = process.env;

/**
 * Left out, each because what it asks for is not so:
 * - `positive_data_acceptance`: a schema cannot tell a cursor, an ETag, a time to come or a tensor of the right shape.
 * - `missing_required_header`: no operation has a required header but `Authorization`, which `ignored_auth` is about.
 * - `use_after_free`, `ensure_resource_availability`: need links between operations, which the description has none of;
 *   a revoked key can be read on purpose.
 * - `object_level_authorization`: test/contract/strangers.test.ts, which knows whose object is whose.
 */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
  'negative_data_rejection',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
];

/** On a quiet machine each takes less than a minute, all four at once. */
const PATIENCE_MS = 600_000;

const report = z.object({
  exit_code: z.number(),
  operations: z.object({ total: z.number(), tested: z.number() }),
  test_cases: z.object({ generated: z.number(), unique_failures: z.number() }),
  errors: z.array(z.unknown()),
});

/** Boundaries of every schema cost the most, and differ little by caller: two of them are enough. */
const callers = {
  nobody: 'fuzzing',
  'a consumer’s key': 'fuzzing',
  'a publisher’s key': 'coverage,fuzzing',
  'an operator’s token': 'coverage,fuzzing',
} as const;
type CallerName = keyof typeof callers;

let cloud: Cloud;
let python: Python;
let folder: string;
let configFile: string;
const bearers = new Map<CallerName, string | undefined>();

/** Names that are there, among those that Schemathesis makes up: it could not guess them. */
const configOf = (values: Readonly<Record<string, readonly string[]>>): string =>
  [
    ...Object.entries(values).map(([name, all]) => `[dictionaries.${name}]\nvalues = ${JSON.stringify(all)}`),
    '[parameters]',
    ...Object.keys(values).map((name) => `"path.${name}" = { dictionary = "${name}", probability = 0.7 }`),
  ].join('\n');

const furnish = async () => {
  const [publisher, consumer, operator] = await Promise.all([
    new Person(cloud, 'publisher').join(),
    new Person(cloud, 'consumer').join(),
    new Person(cloud, 'operator').join('operators'),
  ]);
  const handle = `schemathesis-${Math.random().toString(36).slice(2, 8)}`;
  await publisher.as('PATCH', '/v1/account', { handle });
  await publisher.makeKey(['models:read', 'models:write', 'infer', 'billing:write', 'admin']);
  await consumer.makeKey(['models:read', 'infer', 'billing:read']);
  const model = `${handle}.iris`;
  await publishModel(publisher, { name: model, bytes: iris });
  const spare = await publisher.as('POST', '/v1/keys', { name: 'spare', scopes: ['infer'] });
  bearers.set('nobody', undefined).set('an operator’s token', operator.token);
  bearers.set('a consumer’s key', consumer.key).set('a publisher’s key', publisher.key);
  return { model: [model], version: ['1.0.0', 'latest'], alias: ['latest'], key: [spare.body.id] };
};

/** @returns what it found, and what it said of it */
const runAs = (name: CallerName) =>
  new Promise<{ report: z.output<typeof report>; said: string }>((resolve, reject) => {
    const bearer = bearers.get(name);
    const reportFile = join(folder, `${Object.keys(callers).indexOf(name)}.json`);
    const args = [
      ...['-m', 'schemathesis.cli', '--no-color', '--config-file', configFile, 'run', openApi, '--url', cloud.apiUrl],
      ...(bearer ? ['--header', `Authorization: Bearer ${bearer}`] : []),
      ...['--phases', callers[name], '--max-examples', examples, '--seed', seed, '--checks', checks.join(',')],
      ...['--continue-on-failure', '--generation-database', 'none', '--suppress-health-check', 'all'],
      // Who is told to slow down waits as told.
      ...['--rate-limit', 'auto', '--report', 'json', '--report-json-path', reportFile],
    ];
    // It keeps a cache of what it saw where it runs.
    execFile(python.command, args, { env: python.env, cwd: folder, maxBuffer: 64 << 20 }, (_fault, stdout, stderr) => {
      try {
        resolve({ report: report.parse(JSON.parse(readFileSync(reportFile, 'utf8'))), said: stdout });
      } catch {
        reject(new Error(`Schemathesis made no report as ${name}:\n${stdout}\n${stderr}`));
      }
    });
  });

beforeAll(async () => {
  [python, cloud] = await Promise.all([pythonWithSchemathesis(), startCloud()]);
  folder = mkdtempSync(join(tmpdir(), 'aimass-schemathesis-'));
  configFile = join(folder, 'schemathesis.toml');
  writeFileSync(configFile, configOf(await furnish()));
}, 180_000);

afterAll(async () => {
  await cloud?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe('Schemathesis finds nothing that is not described', () => {
  it.concurrent.each(Object.keys(callers) as CallerName[])(
    'as %s',
    async (name) => {
      const found = await runAs(name);
      const { operations, test_cases, errors } = found.report;
      const { generated, unique_failures } = test_cases;
      // To the terminal itself: what a passing test says is not shown.
      writeSync(
        2,
        `Schemathesis as ${name}: ${operations.tested} operations, ${generated} requests, ${unique_failures} findings\n`,
      );
      if (unique_failures > 0 || errors.length > 0) throw new Error(found.said);
      expect(found.report.exit_code).toBe(0);
      expect(operations).toEqual({ total: new Description().operations().length, tested: operations.total });
      expect(generated).toBeGreaterThan(2 * operations.total);
    },
    PATIENCE_MS,
  );
});
