// A service of AWS that speaks JSON by `x-amz-target`: one operation, tried again while what hinders it passes by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { isTransientFault } from '../transient-fault.ts';
import { readAwsEnvironment } from './aws-environment.ts';
import { type Answer, type Connection, endpointOf, openConnection } from './connection.ts';
import { ServiceFault } from './service-fault.ts';
import { createSigner, sha256Hex } from './signer.ts';

export interface JsonServiceOptions {
  /** As signatures name it: `dynamodb`. */
  readonly service: string;
  /** Before the operation's name: `DynamoDB_20120810`. */
  readonly targetPrefix: string;
  /** @default 1.0 */
  readonly jsonVersion?: '1.0' | '1.1';
  /** One try has no answer by then: it is lost. @default 3000 */
  readonly timeoutMs?: number;
  /** @default 3 */
  readonly tryCount?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: () => number;
}

const faultBody = z.object({
  __type: z._default(z.string(), 'UnknownFault'),
  message: z.nullish(z.string()),
  Message: z.nullish(z.string()),
  CancellationReasons: z.optional(z.array(z.object({ Code: z.optional(z.string()), Item: z.optional(z.unknown()) }))),
  Item: z.optional(z.unknown()),
});

/** What an answer other than 200 says. */
export const readFault = (status: number, text: string): ServiceFault => {
  let body: unknown = {};
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the status has to do.
  }
  const parsed = faultBody.safeParse(body);
  const known = parsed.success ? parsed.data : faultBody.parse({});
  return new ServiceFault(status, status >= 500 ? { ...known, __type: 'ServiceUnavailable' } : known);
};

/** One try: what is sent is JSON already. @throws LostAnswer */
export type TryService = (operation: string, body: string, timeoutMs: number) => Promise<Answer>;

/** One per environment: it holds the connections. */
export const openJsonService = (
  options: Pick<JsonServiceOptions, 'service' | 'targetPrefix' | 'jsonVersion' | 'env' | 'clock'>,
): TryService => {
  const { service, targetPrefix, jsonVersion = '1.0', clock = Date.now } = options;
  const env = readAwsEnvironment(options.env ?? process.env);
  const connection: Connection = openConnection(endpointOf(service, env.AWS_REGION, options.env ?? process.env));
  const sign = createSigner(env, service, connection.host);
  const contentType = `application/x-amz-json-${jsonVersion}`;
  return (operation, body, timeoutMs) => {
    const headers = sign(
      {
        method: 'POST',
        canonicalPath: '/',
        headers: { 'content-type': contentType, 'x-amz-target': `${targetPrefix}.${operation}` },
        bodySha256: sha256Hex(body),
      },
      clock(),
    );
    return connection.send({ method: 'POST', path: '/', headers, body, timeoutMs });
  };
};

/** Longest wait before the second try; it doubles with each. */
const FIRST_WAIT_MS = 25;

export type CallService = (operation: string, input: object) => Promise<unknown>;

/** @returns calls an operation; what comes back is JSON, unchecked @throws ServiceFault, LostAnswer */
export const jsonService = (options: JsonServiceOptions): CallService => {
  const { timeoutMs = 3_000, tryCount = 3 } = options;
  const send = openJsonService(options);
  const attempt = async (operation: string, body: string): Promise<unknown> => {
    const answer = await send(operation, body, timeoutMs);
    const text = answer.body.toString('utf8');
    if (answer.status === 200) return JSON.parse(text);
    throw readFault(answer.status, text);
  };
  return async (operation, input) => {
    const body = JSON.stringify(input);
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(operation, body);
      } catch (fault) {
        if (tries >= tryCount || !isTransientFault(fault)) throw fault;
        await sleep(Math.random() * FIRST_WAIT_MS * 2 ** (tries - 1));
      }
    }
  };
};
