// billing: its table.
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { billingEnv } from '../../../lambdas/billing/contract.ts';
import type { Stage } from '../../config/read-stage.ts';
import type { ServiceTable } from '../../constructs/service-table.ts';
import { makeContextTable } from '../context-table.ts';

export class BillingData extends Construct {
  readonly table: ServiceTable;

  constructor(scope: Construct, stage: Stage) {
    super(scope, 'Billing');
    this.table = makeContextTable(this, stage, 'billing');
  }

  get environment(): z.input<typeof billingEnv> {
    return { BILLING_TABLE: this.table.table.tableName };
  }
}
