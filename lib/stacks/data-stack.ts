// What outlives every deployment: tables, buckets, users, and the bus. Nothing here is ever replaced.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Stage } from '../config/read-stage.ts';
import { AccountsData } from '../contexts/accounts/accounts-data.ts';
import { BillingData } from '../contexts/billing/billing-data.ts';
import { GovernanceData } from '../contexts/governance/governance-data.ts';
import { RegistryData } from '../contexts/registry/registry-data.ts';

export class DataStack extends Stack {
  readonly accounts: AccountsData;
  readonly registry: RegistryData;
  readonly billing: BillingData;
  readonly governance: GovernanceData;

  constructor(scope: Construct, id: string, props: StackProps & { readonly stage: Stage }) {
    super(scope, id, props);
    this.accounts = new AccountsData(this, props.stage);
    this.registry = new RegistryData(this, props.stage);
    this.billing = new BillingData(this, props.stage, this.registry.accessLog);
    this.governance = new GovernanceData(this, props.stage);
    const outputs = {
      UserPoolId: this.accounts.userPool.userPoolId,
      UserPoolClientId: this.accounts.userPoolClient.userPoolClientId,
      QuarantineBucket: this.registry.quarantine.bucket.bucketName,
      ArtifactsBucket: this.registry.artifacts.bucket.bucketName,
      EventBusName: this.governance.bus.eventBusName,
      AccountsTable: this.accounts.table.table.tableName,
      RegistryTable: this.registry.table.table.tableName,
      GovernanceTable: this.governance.table.table.tableName,
      BillingTable: this.billing.table.table.tableName,
      BillingArchiveBucket: this.billing.archive.bucket.bucketName,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
