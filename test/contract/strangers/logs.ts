// What the functions of a running cloud have logged, read from the emulator's CloudWatch Logs.
import * as z from 'zod';
import { REGION } from '../../../local/ministack.ts';
import type { Cloud } from '../../support/cloud.ts';

const groups = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })) });
const events = z.object({ events: z.array(z.object({ message: z.string() })) });

export interface FunctionLogs {
  /** Every line, as it was written. */
  readonly text: string;
  /** The line of each call, by its request id. */
  readonly calls: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

const ask = async (cloud: Cloud, action: string, request: object): Promise<unknown> => {
  const answer = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${action}`,
      // The emulator finds the service by it, and checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/logs/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(request),
  });
  if (!answer.ok) throw new Error(`${action} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
};

/** No test takes longer. */
const SPAN_MS = 3_600_000;
/** Most events of one answer. */
const PAGE = 10_000;

/** The emulator has no next page: a span that fills one is read in halves. Both may have what happened between them. */
const linesOf = async (cloud: Cloud, logGroupName: string, startTime: number, endTime: number): Promise<string[]> => {
  const page = events.parse(await ask(cloud, 'FilterLogEvents', { logGroupName, startTime, endTime }));
  if (page.events.length < PAGE || endTime - startTime < 2) return page.events.map(({ message }) => message);
  const middle = Math.floor((startTime + endTime) / 2);
  return [
    ...(await linesOf(cloud, logGroupName, startTime, middle)),
    ...(await linesOf(cloud, logGroupName, middle, endTime)),
  ];
};

export const functionLogs = async (cloud: Cloud): Promise<FunctionLogs> => {
  const { logGroups } = groups.parse(
    await ask(cloud, 'DescribeLogGroups', { logGroupNamePrefix: '/aws/lambda/aimass-dev-' }),
  );
  const nowMs = Date.now();
  const all = logGroups.map(({ logGroupName }) => linesOf(cloud, logGroupName, nowMs - SPAN_MS, nowMs + 1000));
  const lines = (await Promise.all(all)).flat();
  const calls = new Map<string, Readonly<Record<string, unknown>>>();
  for (const line of lines) {
    if (!line.startsWith('{') || !line.includes('"route"')) continue;
    const parsed = z.looseObject({ requestId: z.string() }).safeParse(JSON.parse(line));
    if (parsed.success) calls.set(parsed.data.requestId, parsed.data);
  }
  return { text: lines.join('\n'), calls };
};
