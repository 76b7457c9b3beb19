// What a deployed function wrote to its log in the emulator's CloudWatch Logs.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Cloud } from './cloud.ts';

const page = z.object({
  events: z.array(z.object({ message: z.string() })).default([]),
  nextToken: z.string().nullish(),
});

const PATIENCE_MS = 15_000;

/** @param name - without the stage: `inference-infer` @returns the structured lines, oldest first */
export const linesOf = async (cloud: Cloud, name: string): Promise<Record<string, unknown>[]> => {
  const lines: Record<string, unknown>[] = [];
  let nextToken: string | null | undefined;
  do {
    const answer = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Logs_20140328.FilterLogEvents',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify({ logGroupName: `/aws/lambda/aimass-dev-${name}`, ...(nextToken ? { nextToken } : {}) }),
    });
    const { events, nextToken: next } = page.parse(await answer.json());
    for (const { message } of events) {
      // START, END and REPORT are Lambda's own.
      for (const line of message.split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line));
    }
    nextToken = next;
  } while (nextToken);
  return lines;
};

/** Waits until some lines are there: a log comes a moment after the answer. */
export const awaitLines = async (
  cloud: Cloud,
  name: string,
  wanted: (line: Record<string, unknown>) => boolean,
  count = 1,
): Promise<Record<string, unknown>[]> => {
  for (const deadlineMs = Date.now() + PATIENCE_MS; ; ) {
    const found = (await linesOf(cloud, name)).filter(wanted);
    if (found.length >= count) return found;
    if (Date.now() > deadlineMs) throw new Error(`${name} wrote ${found.length} such lines, expected ${count}`);
    await sleep(200);
  }
};
