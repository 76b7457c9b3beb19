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
type IndexName = (typeof indexNames)[number];

/** Not `Scan`: see `grantScan`. */
export type ItemAction =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

export class ServiceTable extends Construct {
  readonly table: Table;
  /** The name itself, not a reference to it. */
  readonly tableName: string;

  constructor(scope: Construct, id: string, props: ServiceTableProps) {
    super(scope, id);
    this.tableName = props.tableName;
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

  /**
   * Items of the table itself, not of its indexes.
   * @param partitionKeys - patterns (`*` any text, `?` one character) of the partitions that may be touched; absent: all
   */
  grantItems(holder: ServiceFunction, actions: readonly ItemAction[], partitionKeys?: readonly string[]): void {
    this.grant(holder, actions, this.table.tableArn, partitionKeys);
  }

  /** Queries of an index. @param partitionKeys - as above, of the index's own partition key */
  grantIndex(reader: ServiceFunction, index: IndexName, partitionKeys?: readonly string[]): void {
    this.grant(reader, ['Query'], `${this.table.tableArn}/index/${index}`, partitionKeys);
  }

  /** The whole table: for whom looks after what no key leads to, and for nobody who answers a caller. */
  grantScan(reader: ServiceFunction): void {
    reader.allow({ actions: ['dynamodb:Scan'], resources: [this.table.tableArn] });
  }

  private grant(
    holder: ServiceFunction,
    actions: readonly ItemAction[],
    resource: string,
    partitionKeys: readonly string[] | undefined,
  ): void {
    holder.allow({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [resource],
      ...(partitionKeys
        ? { conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitionKeys] } } }
        : {}),
    });
  }
}
