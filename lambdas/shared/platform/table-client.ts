// What adapters ask of DynamoDB: items as plain objects. Two things answer it: `documentClient` (aws.ts), which is the
// SDK's, and `signedTables` (signed/tables.ts), which is ours, for functions that a caller waits for.
import type {
  BatchWriteCommandInput,
  DeleteCommandInput,
  GetCommandInput,
  PutCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  TransactWriteCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown>;

export interface ItemPage {
  readonly Items?: Item[] | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
}

/** Faults are told by name: see `isNamed`. Whole numbers come as `number` while they are safe, as `bigint` beyond. */
export interface TableClient {
  get(input: GetCommandInput): Promise<{ readonly Item?: Item | undefined }>;
  query(input: QueryCommandInput): Promise<ItemPage>;
  scan(input: ScanCommandInput): Promise<ItemPage>;
  put(input: PutCommandInput): Promise<unknown>;
  update(input: UpdateCommandInput): Promise<{ readonly Attributes?: Item | undefined }>;
  delete(input: DeleteCommandInput): Promise<unknown>;
  batchWrite(input: BatchWriteCommandInput): Promise<{
    readonly UnprocessedItems?: BatchWriteCommandInput['RequestItems'];
  }>;
  transactWrite(input: TransactWriteCommandInput): Promise<unknown>;
}

/** Whether a service's fault has that name; classes would bring the SDK into every bundle. */
export const isNamed = (fault: unknown, name: string): fault is Error => fault instanceof Error && fault.name === name;

type RefusedAttributes = Readonly<Record<string, { readonly S?: string; readonly N?: string } | undefined>>;

/** The item that a condition refused, as DynamoDB writes it; only where `ReturnValuesOnConditionCheckFailure` asked for it. */
export const refusedItem = (fault: Error): RefusedAttributes | undefined =>
  'Item' in fault ? (fault.Item as RefusedAttributes | undefined) : undefined;
