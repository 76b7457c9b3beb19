// npm run audit [-- --full] [--account acc_…] [--stage <stage on AWS>] [--json] — derives every balance and every sum again.
//
// Without --stage it audits the local cloud that runs (AIMASS_STATE, AIMASS_PORT), with it the AWS account that the
// credentials point to. It reads only, unless it is to --recount. Exit code 0: all is well; 1: something does not add up; 2: it could not be audited.
import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { books } from '../lambdas/billing/adapters/books.ts';
import { type AuditReport, auditTable } from '../lambdas/billing/domain/audit/audit-table.ts';
import { auditChecks, type Finding } from '../lambdas/billing/domain/audit/checks.ts';
import { recount } from '../lambdas/billing/domain/audit/recount.ts';
import { isId } from '../lambdas/shared/kernel/ids.ts';
import { periodEndMs } from '../lambdas/shared/kernel/period.ts';
import { documentClient } from '../lambdas/shared/platform/aws.ts';
import { readDeployment } from './deploy.ts';
import { clientEnv, ministackAnswers } from './ministack.ts';
import { readState } from './state.ts';

const usage = `npm run audit                          the local cloud, each account from its last sealed month on
npm run audit -- --full                from the very first event, archived ones included
npm run audit -- --account acc_…       one account
npm run audit -- --stage staging       a stage on AWS, with the credentials and region of your environment
npm run audit -- --json                one JSON object on stdout, for tools
npm run audit -- --account acc_… --recount 2026-11-23T20:46
                                       has a minute, hour, day or month of an account summed up again

It reads only, but for --recount. Exit code 0: all is well; 1: something does not add up; 2: it could not be audited.
docs/guides/money.md tells what each finding means and how to mend it.`;

export interface AuditWish {
  readonly full: boolean;
  readonly account: string | undefined;
  readonly stage: string | undefined;
  readonly json: boolean;
  readonly recount: string | undefined;
}

/** What stands where the audit cannot begin. */
class CannotAudit extends Error {}

/** @returns undefined when help is asked for @throws Error with the usage */
export const readWish = (args: readonly string[]): AuditWish | undefined => {
  const options = {
    full: { type: 'boolean', default: false },
    account: { type: 'string' },
    stage: { type: 'string' },
    json: { type: 'boolean', default: false },
    recount: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (fault) {
    throw new CannotAudit(`${fault instanceof Error ? fault.message : fault}\n\n${usage}`);
  }
  if (values.help) return undefined;
  const { full, account, stage, json, recount: period } = values;
  if (account !== undefined && !isId('acc', account)) {
    throw new CannotAudit(`'--account' must be an account's id like acc_01JDA8Z5V4W1T4E5R6T7Y8V9P0, got '${account}'`);
  }
  if (period !== undefined && account === undefined) {
    throw new CannotAudit(`'--recount' needs the account whose ${period} is to be counted: --account acc_…`);
  }
  if (period !== undefined) checkPeriod(period);
  if (period !== undefined && (full || json)) {
    throw new CannotAudit("'--recount' goes with '--account' and '--stage' alone: it counts, and audits nothing");
  }
  return { full, account, stage, json, recount: period };
};

/** What is not over has no sum to mend yet, and its marker would stand until it is. */
const checkPeriod = (period: string): void => {
  try {
    if (periodEndMs(period) <= Date.now()) return;
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    throw new CannotAudit(`'--recount' ${fault.message.replace("'period' ", '')}`);
  }
  throw new CannotAudit(`'--recount' must be a period that is over, got '${period}'`);
};

interface Place {
  readonly table: string;
  readonly archiveBucket: string;
}

/** Where the local cloud's books are; its address goes into the environment, from which clients take it. */
const readStateSaid = () => {
  try {
    return readState();
  } catch (fault) {
    throw new CannotAudit(fault instanceof Error ? fault.message : String(fault));
  }
};

const findLocal = async (): Promise<Place> => {
  const state = readStateSaid();
  const outputs = readDeployment(state.deployStampFile)?.outputs['aimass-dev-data'];
  const instance = { port: state.emulatorPort };
  if (!outputs || !(await ministackAnswers(instance))) {
    throw new CannotAudit(
      'no local cloud runs here: start one with `npm start -- --once`, or name a stage on AWS with --stage',
    );
  }
  Object.assign(process.env, clientEnv(instance));
  return { table: outputs.BillingTable, archiveBucket: outputs.BillingArchiveBucket };
};

const findOnAws = async (stage: string): Promise<Place> => {
  const client = new CloudFormationClient({});
  const stack = `aimass-${stage}-data`;
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const output = (key: string) => found?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
    const [table, archiveBucket] = [output('BillingTable'), output('BillingArchiveBucket')];
    if (table && archiveBucket) return { table, archiveBucket };
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new CannotAudit(`the stack ${stack} cannot be looked up: ${reason}`);
  }
  throw new CannotAudit(`the stack ${stack} names no archive: deploy the stage again first`);
};

const findingLines = ({ accountId, check, at, expected, found }: Finding): string[] => [
  `${check}  ${accountId}  ${at}`,
  `    expected  ${expected}`,
  `    found     ${found}`,
  `    holds     ${auditChecks[check].holds}`,
  `    mend      ${auditChecks[check].mend}`,
];

/** What a person reads. */
export const describeReport = (report: AuditReport): string => {
  const { accountCount, eventCount, differenceMicros, undecidedMicros, findings } = report;
  const figures = `accounts ${accountCount}, events ${eventCount}, difference ${differenceMicros} micros, findings ${findings.length}`;
  const undecided = `undecided within ${undecidedMicros} micros: calls came without a pause; audit again when they do`;
  return [
    ...findings.flatMap((finding) => [...findingLines(finding), '']),
    ...(undecidedMicros > 0n ? [undecided] : []),
    figures,
  ].join('\n');
};

/** The same for tools: amounts as decimal strings. */
export const reportJson = (report: AuditReport): string =>
  JSON.stringify({
    accounts: report.accountCount,
    events: report.eventCount,
    differenceMicros: String(report.differenceMicros),
    undecidedMicros: String(report.undecidedMicros),
    findings: report.findings,
  });

const noWallet = (account: string) => new CannotAudit(`there is no account ${account} with a wallet`);

/** What says that an account was not audited says nothing of its books. */
export const exitCodeOf = ({ findings }: AuditReport): 0 | 1 | 2 => {
  if (findings.some(({ check }) => check === 'not_audited')) return 2;
  return findings.length > 0 ? 1 : 0;
};

/** The command line. @returns what to print, and the exit code */
export const runAudit = async (args: readonly string[]): Promise<{ text: string; exitCode: 0 | 1 | 2 }> => {
  const wish = readWish(args);
  if (!wish) return { text: usage, exitCode: 0 };
  const { table, archiveBucket } = wish.stage === undefined ? await findLocal() : await findOnAws(wish.stage);
  const s3 = new S3Client({ forcePathStyle: wish.stage === undefined });
  const stores = books({ client: documentClient(), table, s3, archiveBucket });
  if (wish.recount !== undefined && wish.account !== undefined) {
    if (!(await stores.audit.wallet(wish.account))) throw noWallet(wish.account);
    const marked = await recount(stores, wish.account, wish.recount).catch((fault) => {
      throw fault instanceof RangeError ? new CannotAudit(fault.message) : fault;
    });
    return { text: `${marked.join(', ')}: the sealer sums up anew within a minute; then audit again`, exitCode: 0 };
  }
  const report = await auditTable(stores, {
    full: wish.full,
    accountId: wish.account,
    deadlineMs: Number.POSITIVE_INFINITY,
    clock: Date.now,
  });
  if (wish.account !== undefined && report.accountCount === 0 && report.findings.length === 0) {
    throw noWallet(wish.account);
  }
  return {
    text: wish.json ? reportJson(report) : describeReport(report),
    exitCode: exitCodeOf(report),
  };
};

if (import.meta.main) {
  runAudit(process.argv.slice(2)).then(
    ({ text, exitCode }) => {
      console.log(text);
      process.exitCode = exitCode;
    },
    (fault) => {
      console.error(fault instanceof CannotAudit ? fault.message : fault);
      process.exitCode = 2;
    },
  );
}
