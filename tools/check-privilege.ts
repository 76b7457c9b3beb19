// Holds the recorded AWS calls of a test run against the roles: `node tools/check-privilege.ts <folder> [--partial]`.
// `--partial`: not all tests ran, so what no call used is told, and is no fault.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain } from './privilege/explained.ts';
import { type Grant, hold, type Refusal } from './privilege/hold.ts';
import { readRecordings } from './privilege/read-recordings.ts';
import { readRoles } from './privilege/read-roles.ts';
import { DEPLOYED_FILE, deployed } from './privilege/resolve.ts';

const [folder, mode] = process.argv.slice(2);
if (!folder) throw new Error('usage: node tools/check-privilege.ts <folder of recordings> [--partial]');
const isPartial = mode === '--partial';

const say = (line: string) => process.stdout.write(`${line}\n`);

const toldGrant = ({ functionName, action, resource, leadingKey }: Grant) =>
  `  ${functionName}  ${action}  ${resource}${leadingKey === undefined ? '' : `  partition ${leadingKey}`}`;

const toldRefusal = ({ asked: { signer, from, need }, why }: Refusal) => {
  const keys = Object.entries(need.context).map(([key, value]) => `  ${key} ${JSON.stringify(value)}`);
  const elsewhere = from === signer ? '' : `  (presigned, used by ${from ?? 'a client'})`;
  return `  ${signer}  ${need.action}  ${need.resource}${keys.join('')}${elsewhere}: ${why}`;
};

/** The same call with other keys of the same kind is told once. */
const alike = ({ asked: { signer, need } }: Refusal) =>
  JSON.stringify([signer, need.action, need.resource.replace(/(?<=\/).*/, ''), need.context]).replaceAll(
    /[0-9A-Z]{26}/g,
    '…',
  );

const check = (): boolean => {
  const recordings = readRecordings(folder);
  if (!recordings) {
    say('calls recorded 0: no test that ran starts a cloud');
    return isPartial;
  }
  const roles = readRoles(deployed.parse(JSON.parse(readFileSync(join(recordings.template, DEPLOYED_FILE), 'utf8'))));
  const { refused, unused } = hold(recordings.asked, roles);
  const { unexplained, explainedCount, stale } = explain(unused);
  say(
    `calls recorded ${recordings.callCount} (distinct ${recordings.asked.length}), calls not allowed ${refused.length}, ` +
      `grants unused ${unexplained.length} (and ${explainedCount} that AWS itself uses)`,
  );
  for (const one of new Map(refused.map((refusal) => [alike(refusal), refusal])).values()) say(toldRefusal(one));
  if (refused.length > 0)
    say('not allowed: grant what the function needs where lib/contexts makes it (CONTRIBUTING.md)');
  for (const one of unexplained) say(toldGrant(one));
  if (unexplained.length > 0 && isPartial) say('unused by the tests that ran; only npm test runs all that may use it');
  if (unexplained.length > 0 && !isPartial)
    say('unused: take it from the role, or test what uses it (CONTRIBUTING.md)');
  const unheard = roles.functions.flatMap(({ functionName }) =>
    recordings.functions.has(functionName) ? [] : [`nobody listened to ${functionName}`],
  );
  const faults = [...recordings.faults, ...unheard];
  for (const one of faults) say(`  not understood: ${one}`);
  const staleCount = isPartial ? 0 : stale.length;
  if (staleCount > 0) for (const one of stale) say(`  explained without need in tools/privilege/explained.ts: ${one}`);
  return refused.length + faults.length + staleCount + (isPartial ? 0 : unexplained.length) === 0;
};

process.exitCode = check() ? 0 : 1;
