// billing: its table, and the bucket that events of long sealed months are moved to.
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { billingArchiveEnv, billingEnv } from '../../../lambdas/billing/contract.ts';
import type { Stage } from '../../config/read-stage.ts';
import { ServiceBucket } from '../../constructs/service-bucket.ts';
import type { ServiceFunction } from '../../constructs/service-function.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';
import { removalPolicy } from '../surroundings.ts';

/** Patterns of the table's partition keys, as lambdas/billing/adapters/table-keys.ts makes them. */
export const billingPartitions = {
  /** Of one account alone: what else an account has lies under its id and a `#`. */
  wallet: `acc_${'?'.repeat(26)}`,
  events: 'acc_*#????-??-??T??:??#?',
  open: 'acc_*#open',
  usage: 'acc_*#usage',
  months: 'acc_*#months',
  archive: 'acc_*#archive',
  ledger: 'acc_*#ledger',
  idempotency: 'acc_*#idem',
  quota: 'acc_*#quota',
  priceBook: 'pricebook',
  audit: 'audit',
  outbox: 'outbox#?',
} as const;

export class BillingData extends Construct {
  readonly table: ServiceTable;
  readonly archive: ServiceBucket;

  constructor(scope: Construct, stage: Stage, accessLog: Bucket) {
    super(scope, 'Billing');
    this.table = makeContextTable(this, stage, 'billing');
    this.archive = new ServiceBucket(this, 'Archive', {
      removalPolicy: removalPolicy(stage),
      accessLog: { bucket: accessLog, prefix: 'billing-archive/' },
    });
  }

  get environment(): z.input<typeof billingEnv> {
    return { BILLING_TABLE: this.table.table.tableName };
  }

  /** Charges calls. It can debit a wallet but never put one, and writes neither ledger nor sums. */
  grantCharge(charger: ServiceFunction): void {
    const { wallet, events, open, idempotency, priceBook, quota } = billingPartitions;
    this.table.grantItems(charger, ['GetItem'], [wallet, idempotency, priceBook, quota]);
    this.table.grantItems(charger, ['PutItem'], [events, open, idempotency]);
    this.table.grantItems(charger, ['UpdateItem'], [wallet, idempotency, quota]);
  }

  /** Tells how many of a period's included calls were made. */
  grantReadingQuotas(reader: ServiceFunction): void {
    this.table.grantItems(reader, ['GetItem'], [billingPartitions.quota]);
  }

  /** Tells, grants and prices. Of the evidence it reads what it tells and adds a grant: events and sums it cannot change. */
  grantApi(api: ServiceFunction): void {
    const { wallet, events, open, usage, months, ledger, idempotency, priceBook } = billingPartitions;
    this.table.grantItems(api, ['GetItem'], [wallet, ledger, idempotency, priceBook]);
    this.table.grantItems(api, ['Query'], [events, open, usage, ledger, priceBook]);
    // IAM sees no sort key: a month's marker lies where sealed months do, and old price books where the present one does.
    this.table.grantItems(api, ['PutItem'], [ledger, idempotency, months, priceBook]);
    this.table.grantItems(api, ['UpdateItem'], [wallet]);
    this.table.grantIndex(api, 'gsi1', ['grants']);
  }

  get archiveEnvironment(): z.input<typeof billingArchiveEnv> {
    return { BILLING_ARCHIVE_BUCKET: this.archive.bucket.bucketName };
  }
}
