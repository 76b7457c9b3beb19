// A context's one table: pk/sk, two indexes, a stream for the outbox, and time to live.
import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

export interface ServiceTableProps {
  /** Explicit: the emulator loses the items of a nameless table when an index changes. */
  readonly tableName: string;
  readonly removalPolicy: RemovalPolicy;
  readonly deletionProtection: boolean;
}

const indexNames = ['gsi1', 'gsi2'] as const;
const readActions = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const writeActions = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
];

export class ServiceTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: ServiceTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Resource', {
      tableName: props.tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.DEFAULT,
      stream: StreamViewType.NEW_IMAGE,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy,
    });
    for (const indexName of indexNames) {
      this.table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name: `${indexName}pk`, type: AttributeType.STRING },
        sortKey: { name: `${indexName}sk`, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
  }

  /** Items by key and by query, of the table and its indexes. Never a scan. */
  grantRead(reader: ServiceFunction): void {
    reader.allow({ actions: readActions, resources: this.resources });
  }

  grantReadWrite(writer: ServiceFunction): void {
    writer.allow({ actions: readActions, resources: this.resources });
    writer.allow({ actions: writeActions, resources: [this.table.tableArn] });
  }

  /** Takes events out of the outbox: the items under these partition keys and no others. */
  grantOutbox(relay: ServiceFunction, partitionKeys: readonly string[]): void {
    relay.allow({
      actions: ['dynamodb:Query', 'dynamodb:DeleteItem'],
      resources: [this.table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [...partitionKeys] } },
    });
  }

  private get resources(): string[] {
    return [this.table.tableArn, ...indexNames.map((name) => `${this.table.tableArn}/index/${name}`)];
  }
}
