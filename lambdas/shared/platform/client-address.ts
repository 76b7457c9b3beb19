// From where a call came: the address that the gateway saw, or behind CloudFront the one that CloudFront saw, once the
// origin secret has proved that it was CloudFront who tells.
import { isIP } from 'node:net';
import * as z from 'zod/mini';
import type { Clock } from '../kernel/clock.ts';
import { logFault } from './log.ts';
import { ORIGIN_SECRET_HEADER, VIEWER_ADDRESS_HEADER } from './origin.ts';
import { type OriginSecret, originSecret, proves } from './origin-secret.ts';
import { type CallService, jsonService } from './signed/json-service.ts';

/** Header names in lower case. */
type Headers = Readonly<Record<string, string | undefined>>;

export type ClientAddress = (headers: Headers, sourceIp: string) => Promise<string>;

export interface ClientAddressPorts {
  readonly readSecret: () => Promise<OriginSecret>;
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
}

/** A rotation waits longer than this between telling and using a new secret. */
export const SECRET_KEPT_MS = 60_000;
/** After a read that failed. */
const RETRY_MS = 5_000;

/** Believes only the gateway: nothing is known of any CloudFront. */
export const gatewayAddress: ClientAddress = async (_headers, sourceIp) => sourceIp;

/**
 * While the secret cannot be read, the last one known goes on to count; without one, the gateway's address does, which
 * fits no key that is bound to addresses: so nobody gets in by a fault.
 */
export const provenAddress = ({ readSecret, clock, onFault }: ClientAddressPorts): ClientAddress => {
  let known: OriginSecret | undefined;
  let untilMs = 0;
  let reading: Promise<OriginSecret | undefined> | undefined;

  const read = async () => {
    try {
      known = await readSecret();
      untilMs = clock() + SECRET_KEPT_MS;
    } catch (fault) {
      untilMs = clock() + RETRY_MS;
      onFault(fault);
    } finally {
      reading = undefined;
    }
    return known;
  };
  const secret = () => {
    if (clock() < untilMs) return known;
    reading ??= read();
    return reading;
  };

  return async (headers, sourceIp) => {
    const shown = headers[ORIGIN_SECRET_HEADER];
    const address = headers[VIEWER_ADDRESS_HEADER];
    // Who shows nothing costs no look at the secret.
    if (shown === undefined || address === undefined || isIP(address) === 0) return sourceIp;
    const believed = await secret();
    return believed && proves(believed, shown) ? address : sourceIp;
  };
};

/** As this function's environment has it. @param env - parsed with `originEnv` */
export const clientAddressOf = ({ ORIGIN_SECRET: name }: { readonly ORIGIN_SECRET?: string | undefined }) =>
  name === undefined
    ? gatewayAddress
    : provenAddress({
        readSecret: secretsManagerReader(name),
        clock: Date.now,
        onFault: (fault) => logFault('origin-secret', fault),
      });

const secretValue = z.object({ SecretString: z.string() });

/** The service is opened when first needed: a function with no front before it never does. */
const secretsManagerReader = (name: string): (() => Promise<OriginSecret>) => {
  let call: CallService | undefined;
  return async () => {
    call ??= jsonService({
      service: 'secretsmanager',
      targetPrefix: 'secretsmanager',
      jsonVersion: '1.1',
      tryCount: 2,
    });
    const { SecretString } = secretValue.parse(await call('GetSecretValue', { SecretId: name }));
    return originSecret.parse(JSON.parse(SecretString));
  };
};
