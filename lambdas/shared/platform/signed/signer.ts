// AWS Signature Version 4 by hand, for the calls that an answer waits for: the SDK takes several times the processor
// time, and half a megabyte of code at a cold start.
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { AwsEnvironment } from './aws-environment.ts';

export interface Signable {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** As it is signed: percent-encoded once for S3, twice for every other service. */
  readonly canonicalPath: string;
  /** Sorted by name, percent-encoded. @default '' */
  readonly query?: string;
  /** Names in lower case and in alphabetical order, `host` and `x-amz-date` left to the signer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD` where the service takes that. */
  readonly bodySha256: string;
}

export const sha256Hex = (content: string | Uint8Array): string => hash('sha256', content, 'hex');

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

const createStamps = () => {
  let second = Number.NaN;
  let stamp = '';
  /** `20261123T204600Z` */
  return (nowMs: number): string => {
    if (Math.floor(nowMs / 1000) !== second) {
      second = Math.floor(nowMs / 1000);
      stamp = `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    }
    return stamp;
  };
};

/** What stays the same from request to request of a day. */
interface Day {
  readonly name: string;
  /** A KeyObject: made of bytes anew for each signature it takes six times as long. */
  readonly key: KeyObject;
  readonly scope: string;
  /** The authorization up to the names of the headers. */
  readonly credential: string;
}

/** Which headers are signed, in order, by the names of a request's own. */
interface Shape {
  readonly names: readonly string[];
  readonly list: string;
}

/**
 * Signs requests of one service at one host. The day's key is derived once.
 * @returns the headers to send, `authorization` among them
 */
export const createSigner = (env: AwsEnvironment, service: string, host: string) => {
  let day: Day | undefined;
  const dayOf = (name: string): Day => {
    if (day?.name === name) return day;
    const dated = hmac(`AWS4${env.AWS_SECRET_ACCESS_KEY}`, name);
    const scope = `${name}/${env.AWS_REGION}/${service}/aws4_request`;
    day = {
      name,
      key: createSecretKey(hmac(hmac(hmac(dated, env.AWS_REGION), service), 'aws4_request')),
      scope,
      credential: `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=`,
    };
    return day;
  };
  const stampOf = createStamps();
  const shapes = new Map<string, Shape>();
  const shapeOf = (headers: Readonly<Record<string, string>>): Shape => {
    const own = Object.keys(headers).join(';');
    const known = shapes.get(own);
    if (known) return known;
    const names = Object.keys({ ...headers, host, 'x-amz-date': '', ...token }).sort();
    const shape = { names, list: names.join(';') };
    shapes.set(own, shape);
    return shape;
  };
  // An empty session token must not be signed.
  const token = env.AWS_SESSION_TOKEN ? { 'x-amz-security-token': env.AWS_SESSION_TOKEN } : undefined;
  return (
    { method, canonicalPath, query = '', headers, bodySha256 }: Signable,
    nowMs: number,
  ): Record<string, string> => {
    const stamp = stampOf(nowMs);
    const { key, scope, credential } = dayOf(stamp.slice(0, 8));
    const { names, list } = shapeOf(headers);
    const signed: Record<string, string> = { ...headers, host, 'x-amz-date': stamp, ...token };
    let lines = '';
    for (const name of names) lines += `${name}:${signed[name]}\n`;
    const canonical = `${method}\n${canonicalPath}\n${query}\n${lines}\n${list}\n${bodySha256}`;
    const signature = createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256Hex(canonical)}`)
      .digest('hex');
    signed.authorization = `${credential}${list}, Signature=${signature}`;
    return signed;
  };
};
