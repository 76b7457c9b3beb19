// A paid inference as a function of the usual kind answers it: Powertools' logger, metrics and tracer around the handler, the
// SDK's document client, JSON.parse, onnxruntime's session, one transaction. What can be kept between calls is kept: the
// key, the model and its session are found once; the funds are looked up, as ours are, with every call.
import { createHash, randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { InferenceSession, Tensor } from 'onnxruntime-common';

export interface NaiveOptions {
  readonly session: InferenceSession;
  readonly makeTensor: (values: Float32Array, shape: readonly number[]) => Tensor;
  readonly table: string;
  /** SHA-256 (hex) of the caller's key → account. */
  readonly accountOf: ReadonlyMap<string, string>;
  readonly model: string;
}

interface InferBody {
  readonly id?: string;
  readonly inputs: readonly { name: string; datatype: string; shape: number[]; data: number[] }[];
}

export const naiveHandler = ({ session, makeTensor, table, accountOf, model }: NaiveOptions) => {
  const logger = new Logger({ serviceName: 'inference' });
  const metrics = new Metrics({ namespace: 'Naive', serviceName: 'inference' });
  const tracer = new Tracer({ serviceName: 'inference' });
  const client = tracer.captureAWSv3Client(new DynamoDBClient({}));
  const tables = DynamoDBDocumentClient.from(client);

  return async (event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    logger.addContext(context);
    logger.appendKeys({ traceId: tracer.getRootXrayTraceId() });
    const [, key = ''] = (event.headers.authorization ?? '').split(' ');
    const accountId = accountOf.get(createHash('sha256').update(key).digest('hex'));
    if (accountId === undefined) return { statusCode: 401, body: '{"error":"unknown key"}' };

    const body = JSON.parse(event.body ?? '') as InferBody;
    const feeds: Record<string, Tensor> = {};
    for (const { name, datatype, shape, data } of body.inputs) {
      if (datatype !== 'FP32' || data.length !== shape.reduce((product, size) => product * size, 1)) {
        return { statusCode: 400, body: '{"error":"wrong input"}' };
      }
      feeds[name] = makeTensor(Float32Array.from(data), shape);
    }
    const rowCount = body.inputs[0]?.shape[0] ?? 1;
    const priceMicros = 200 + 10 * rowCount;

    const { Item: wallet } = await tables.send(
      new GetCommand({ TableName: table, Key: { pk: accountId, sk: 'wallet' }, ConsistentRead: true }),
    );
    if (!wallet || wallet.avail < priceMicros) return { statusCode: 402, body: '{"error":"no funds"}' };

    const began = performance.now();
    const results = await session.run(feeds);
    metrics.addMetric('runMs', MetricUnit.Milliseconds, performance.now() - began);

    const outputs = Object.entries(results).map(([name, { dims, data }]) => ({
      name,
      datatype: 'FP32',
      shape: dims,
      data: Array.from(data as Float32Array),
    }));
    const requestId = randomUUID();
    const at = new Date().toISOString();
    await tables.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              TableName: table,
              Item: {
                pk: `${accountId}#${at.slice(0, 16)}`,
                sk: requestId,
                schema: 1,
                inferenceId: requestId,
                accountId,
                model,
                version: '1.0.0',
                rowCount,
                amountMicros: priceMicros,
                price: { perCallMicros: '200', perRowMicros: '10', version: 3 },
                publisherShareBps: 8000,
                legs: { consumer: -priceMicros, publisher: priceMicros * 0.8, platform: priceMicros * 0.2 },
                pocket: 'wallet',
                at,
              },
              ConditionExpression: 'attribute_not_exists(sk)',
            },
          },
          {
            Update: {
              TableName: table,
              Key: { pk: accountId, sk: 'wallet' },
              UpdateExpression: 'SET avail = avail - :price, updatedAt = :at ADD revision :one',
              ConditionExpression: 'avail >= :price',
              ExpressionAttributeValues: { ':price': priceMicros, ':at': at, ':one': 1 },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
        ],
      }),
    );

    metrics.addMetric('calls', MetricUnit.Count, 1);
    metrics.addMetric('rows', MetricUnit.Count, rowCount);
    metrics.publishStoredMetrics();
    logger.info('inferred', { requestId, accountId, model, rowCount, priceMicros });
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'x-request-id': requestId, 'x-price-micros': String(priceMicros) },
      body: JSON.stringify({ model_name: model, model_version: '1.0.0', outputs }),
    };
  };
};
