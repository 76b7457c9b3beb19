// billing: the functions that look after the books by the clock: one moves old events to the archive, one audits.
import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ARCHIVE_PREFIX, AUDIT_PART_WORK, AUDIT_WORK } from '../../../lambdas/billing/contract.ts';
import { ALARM_PERIOD, type AlarmTopic } from '../../constructs/alarm-topic.ts';
import { seenAs } from '../../constructs/seen-as.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import { makeFunction, resourceName, type Surroundings } from '../surroundings.ts';
import { type BillingData, billingPartitions } from './billing-data.ts';

/** An audit begins a day after the last one; six hours more are for one that takes longer than that one did. */
const AUDIT_WINDOW = { period: Duration.hours(6), count: 5 };

export interface BillingKeepersProps {
  readonly billing: BillingData;
  readonly alarms: AlarmTopic;
}

export class BillingKeepers extends Construct {
  readonly archiver: ServiceFunction;
  readonly auditor: ServiceFunction;
  /** Money may be wrong, or nobody looks whether it is. */
  readonly graveAlarms: Alarm[] = [];

  constructor(scope: Construct, surroundings: Surroundings, props: BillingKeepersProps) {
    super(scope, 'Keepers');
    this.archiver = this.makeArchiver(surroundings, props);
    this.auditor = this.makeAuditor(surroundings, props);
  }

  private makeArchiver(surroundings: Surroundings, { billing, alarms }: BillingKeepersProps): ServiceFunction {
    const { config } = surroundings.stage;
    const archiver = makeFunction(
      this,
      'Archiver',
      surroundings,
      { context: 'billing', handler: 'archiver' },
      {
        description: 'Moves usage events of long sealed months to the archive',
        memoryMiB: config.memoryMiB.worker,
        timeoutSeconds: 900,
        environment: {
          ...billing.environment,
          ...billing.archiveEnvironment,
          EVENT_RETENTION_DAYS: String(config.eventRetentionDays),
        },
      },
    );
    const { archive, events, months, open, usage } = billingPartitions;
    billing.table.grantIndex(archiver, 'gsi1', ['archive']);
    billing.table.grantItems(archiver, ['GetItem', 'PutItem'], [archive]);
    billing.table.grantItems(archiver, ['Query'], [events, open, usage]);
    billing.table.grantItems(archiver, ['UpdateItem'], [archive, months]);
    billing.table.grantItems(archiver, ['BatchWriteItem'], [events]);
    billing.archive.grantObjects(archiver, 'put', ARCHIVE_PREFIX);
    billing.archive.grantObjects(archiver, 'getVersion', ARCHIVE_PREFIX);
    this.runEvery(surroundings, archiver, { name: 'billing-archiver', every: Duration.hours(6) });
    alarms.watch(this, 'ArchiverFails', {
      metric: archiver.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 1,
      description:
        'Old usage events are not moved to the archive: nothing is lost, but they cost more where they are. See its log.',
    });
    return archiver;
  }

  private makeAuditor(surroundings: Surroundings, { billing, alarms }: BillingKeepersProps): ServiceFunction {
    const auditor = makeFunction(
      this,
      'Auditor',
      surroundings,
      { context: 'billing', handler: 'auditor' },
      {
        description: 'Derives balances and sums again once a day, and tells of every difference',
        memoryMiB: surroundings.stage.config.memoryMiB.worker,
        timeoutSeconds: 900,
        environment: { ...billing.environment, ...billing.archiveEnvironment },
      },
    );
    const { archive, audit, events, ledger, months, open, quota, usage, wallet } = billingPartitions;
    billing.table.grantItems(auditor, ['GetItem'], [archive, audit, wallet]);
    billing.table.grantItems(auditor, ['Query'], [events, ledger, months, open, quota, usage]);
    billing.table.grantScan(auditor);
    // It changes nothing of what it audits: all it writes is how far it is.
    billing.table.grantItems(auditor, ['PutItem'], [audit]);
    billing.archive.grantObjects(auditor, 'getVersion', ARCHIVE_PREFIX);
    // The latest version, which must be the recorded one.
    billing.archive.grantObjects(auditor, 'get', ARCHIVE_PREFIX);
    billing.archive.grantKnowingOfAbsence(auditor);
    this.runEvery(surroundings, auditor, { name: 'billing-auditor', every: Duration.hours(1) });
    const fails = alarms.watch(this, 'AuditorFails', {
      metric: auditor.function.metricErrors({ period: ALARM_PERIOD }),
      threshold: 1,
      description: 'The books are not audited. See the log of the auditor; npm run audit does the same by hand.',
    });
    const findings = new MetricFilter(this, 'AuditFindings', {
      logGroup: seenAs<ILogGroup>(auditor.logGroup),
      metricNamespace: resourceName(surroundings.stage, 'billing'),
      metricName: 'AuditDifference',
      filterPattern: FilterPattern.stringValue('$.work', '=', AUDIT_PART_WORK),
      metricValue: '$.findingCount',
    });
    const differs = alarms.watch(this, 'AuditDifference', {
      metric: findings.metric({ statistic: 'Sum', period: ALARM_PERIOD }),
      threshold: 1,
      // The next audit comes in a day: what this one found holds until then.
      lastsWindowCount: Duration.days(1).toMinutes() / ALARM_PERIOD.toMinutes() - 1,
      description:
        'The books do not add up, or an account was not audited: the log of the auditor names each finding; docs/guides/money.md tells what it means and how to mend it.',
    });
    this.graveAlarms.push(fails, differs, this.watchFinished(surroundings, auditor, alarms));
    return auditor;
  }

  /** An auditor that never runs, or never comes to the end of the table, finds nothing and fails at nothing. */
  private watchFinished({ stage }: Surroundings, auditor: ServiceFunction, alarms: AlarmTopic): Alarm {
    const finished = new MetricFilter(this, 'AuditsFinished', {
      logGroup: seenAs<ILogGroup>(auditor.logGroup),
      metricNamespace: resourceName(stage, 'billing'),
      metricName: 'AuditFinished',
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.work', '=', AUDIT_WORK),
        FilterPattern.booleanValue('$.finished', true),
      ),
      metricValue: '1',
    });
    return alarms.watch(this, 'AuditStopped', {
      metric: finished.metric({ statistic: 'Sum', period: AUDIT_WINDOW.period }),
      threshold: 1,
      when: 'below',
      silence: 'alarming',
      windowCount: AUDIT_WINDOW.count,
      description:
        'No audit came to its end for more than a day: nobody knows whether the books add up. See the log of the auditor; npm run audit does the same by hand.',
    });
  }

  /** The next run is the retry: Lambda's own would run beside it. */
  private runEvery(
    { stage }: Surroundings,
    keeper: ServiceFunction,
    { name, every }: { readonly name: string; readonly every: Duration },
  ): void {
    keeper.function.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(keeper, 'Schedule', {
      ruleName: resourceName(stage, name),
      schedule: Schedule.rate(every),
      targets: [new LambdaFunction(keeper.function, { retryAttempts: 0 })],
    });
  }
}
