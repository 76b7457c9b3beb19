// Has the smoke function try a model. Its report is a report whatever it says; that it gave none is ours to try again.
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { z } from 'zod';
import { currentTraceparent } from '../../shared/platform/trace.ts';
import type { Probe, TrySmoke } from '../ports.ts';
import { probeReport, smokeReport } from './smoke-report.ts';

export const lambdaSmoke = (client: LambdaClient, functionName: string, signal: AbortSignal): TrySmoke =>
  invoking(client, functionName, signal, smokeReport);

export const lambdaProbe = (client: LambdaClient, functionName: string, signal: AbortSignal): Probe =>
  invoking(client, functionName, signal, probeReport);

const invoking =
  <Report>(client: LambdaClient, functionName: string, signal: AbortSignal, form: z.ZodType<Report>) =>
  async (request: object): Promise<Report> => {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: Buffer.from(JSON.stringify({ ...request, traceparent: currentTraceparent() })),
      }),
      { abortSignal: signal },
    );
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError) throw new Error(`the smoke function failed: ${text.slice(0, 500)}`);
    return form.parse(JSON.parse(text));
  };
