// Has the smoke function try a model. Its report is a report whatever it says; that it gave none is ours to try again.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { TrySmoke } from '../ports.ts';
import { smokeReport } from './smoke-report.ts';

export const lambdaSmoke =
  (client: LambdaClient, functionName: string, signal: AbortSignal): TrySmoke =>
  async (request) => {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(request)) }),
      { abortSignal: signal },
    );
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError) throw new Error(`the smoke function failed: ${text.slice(0, 500)}`);
    return smokeReport.parse(JSON.parse(text));
  };
