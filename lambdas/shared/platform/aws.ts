// AWS clients, one of each per environment. Endpoints come from AWS_ENDPOINT_URL where it is set, nowhere else.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/** Whole numbers arrive as bigint when they may be money; others as number. Stores parse every item with zod. */
const unwrapNumber = (text: string): number | bigint => {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
};

/**
 * The document client: plain objects in, plain objects out; `bigint` is written exactly. A whole number comes back as
 * `number` while it is safe and as `bigint` beyond: read money with `microsAttribute` (attributes.ts).
 */
export const documentClient = once(() =>
  DynamoDBDocument.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: unwrapNumber },
  }),
);
