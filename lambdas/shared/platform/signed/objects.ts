// Reads objects of S3, signed by hand, straight into the reader's own memory. Node's HTTP client makes a buffer for
// every 64 KiB, which takes longer than the bytes themselves; one GET with a known length needs no more of HTTP than
// its head. A connection for each: objects are read seldom, and S3 closes what is idle for seconds.
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransientFault } from '../transient-fault.ts';
import { readAwsEnvironment } from './aws-environment.ts';
import { endpointOf, LostAnswer } from './connection.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';
import { ServiceFault } from './service-fault.ts';
import { createSigner } from './signer.ts';

export interface ObjectsOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: () => number;
  /** Longest silence on the connection. @default 5000 */
  readonly idleMs?: number;
  /** @default 3 */
  readonly tryCount?: number;
  /** After a request has left: the time for work that blocks, before there is an answer to read. Must not throw. */
  readonly onAsked?: () => void;
}

/** Takes an object's bytes. What it throws ends the reading. */
export interface ObjectSink {
  /** Before the first byte of every try: what came before is void. */
  begin(sizeBytes: number): void;
  /** Memory for the next bytes, at least one. */
  space(): Uint8Array;
  /** What came: the beginning of the last `space`. @returns a promise where the next bytes have to wait */
  take(bytes: Uint8Array): Promise<void> | undefined;
}

/** @throws ServiceFault NoSuchKey …, LostAnswer */
export type ReadObject = (bucket: string, key: string, sink: ObjectSink) => Promise<void>;

/** SHA-256 of no body at all. */
const NO_BODY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** As S3 wants it signed: every byte but letters, digits and -._~ encoded, slashes kept. */
const encodeKey = (key: string): string =>
  key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');

/** Longest wait before the second try; it doubles with each. */
const FIRST_WAIT_MS = 50;

export const signedObjects = ({
  env = process.env,
  clock = Date.now,
  idleMs = 5_000,
  tryCount = 3,
  onAsked = () => {},
}: ObjectsOptions = {}): ReadObject => {
  const given = readAwsEnvironment(env);
  const endpoint = endpointOf('s3', given.AWS_REGION, env);
  const sign = createSigner(given, 's3', endpoint.host);
  return async (bucket, key, sink) => {
    const path = `/${bucket}/${encodeKey(key)}`;
    for (let tries = 1; ; tries++) {
      const signable = { method: 'GET', canonicalPath: path, bodySha256: NO_BODY } as const;
      const headers = sign({ ...signable, headers: { 'x-amz-content-sha256': NO_BODY } }, clock());
      try {
        return await readOnce({ endpoint, request: toRequest(path, headers), sink, idleMs, onAsked });
      } catch (fault) {
        if (tries >= tryCount || !isTransientFault(fault)) throw fault;
        await sleep(Math.random() * FIRST_WAIT_MS * 2 ** (tries - 1));
      }
    }
  };
};

const toRequest = (path: string, headers: Readonly<Record<string, string>>): string => {
  let lines = `GET ${path} HTTP/1.1\r\nconnection: close\r\n`;
  for (const [name, value] of Object.entries(headers)) lines += `${name}: ${value}\r\n`;
  return `${lines}\r\n`;
};

interface OneRead {
  readonly endpoint: URL;
  readonly request: string;
  readonly sink: ObjectSink;
  readonly idleMs: number;
  readonly onAsked: () => void;
}

const readOnce = ({ endpoint, request, sink, idleMs, onAsked }: OneRead): Promise<void> =>
  new Promise((resolve, reject) => {
    const answer = openAnswer(sink);
    let isOver = false;
    const finish = (fault: unknown) => {
      if (isOver) return;
      isOver = true;
      socket.destroy();
      if (fault === undefined) resolve();
      else reject(fault);
    };
    const mayGoOn = (): boolean => {
      if (answer.isDone()) finish(answer.refusal());
      return !isOver;
    };
    const onBytes = (count: number, buffer: Uint8Array): boolean => {
      try {
        const waiting = answer.take(buffer.subarray(0, count));
        if (!waiting) return mayGoOn();
        waiting.then(() => mayGoOn() && socket.resume(), finish);
      } catch (fault) {
        finish(fault);
      }
      return false;
    };
    const socket = connect(endpoint, { buffer: answer.space, callback: onBytes });
    socket.setTimeout(idleMs, () => finish(new LostAnswer('no answer in time')));
    socket.on('error', () => finish(new LostAnswer('the connection was lost')));
    socket.on('close', () => finish(answer.refusal() ?? new LostAnswer('the connection was lost')));
    socket.write(request);
    socket.once(endpoint.protocol === 'https:' ? 'secureConnect' : 'connect', () => setImmediate(onAsked));
  });

type OnRead = NonNullable<net.NetConnectOpts['onread']>;

/** TLS takes 10 ms to load: only where the endpoint has it. */
const connect = (endpoint: URL, onread: OnRead): net.Socket => {
  // An address of IPv6 stands in brackets in a URL.
  const host = endpoint.hostname.replace(/^\[|\]$/g, '');
  const isSecure = endpoint.protocol === 'https:';
  const place = { host, port: Number(endpoint.port || (isSecure ? 443 : 80)), onread };
  if (!isSecure) return net.connect(place);
  const tls = process.getBuiltinModule('node:tls');
  const secure = { ...place, servername: net.isIP(host) ? '' : host };
  return tls.connect(secure);
};

/** Longest head, and the most that is read of a refusal. */
const TEXT_BYTES = 16_384;

interface Answer {
  space(): Uint8Array;
  take(bytes: Uint8Array): Promise<void> | undefined;
  isDone(): boolean;
  /** What S3 refused with, where it did. */
  refusal(): ServiceFault | undefined;
}

/** First the head; then an object's bytes into the sink, or the text of a refusal. */
const openAnswer = (sink: ObjectSink): Answer => {
  const text = Buffer.allocUnsafe(TEXT_BYTES);
  let textLength = 0;
  let head: ResponseHead | undefined;
  /** Of the body. */
  let left = Number.POSITIVE_INFINITY;
  const isObject = () => head?.status === 200;

  const takeObject = (bytes: Uint8Array): Promise<void> | undefined => {
    if (bytes.length > left) throw new LostAnswer('the answer is longer than it said');
    left -= bytes.length;
    return sink.take(bytes);
  };
  /** What came in one read with the head, which may be more than the sink has room for at once. */
  const pour = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const room = sink.space();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      at += part.length;
      await takeObject(room.subarray(0, part.length));
    }
  };
  const beginBody = ({ contentLength, bytes }: ResponseHead): Promise<void> | undefined => {
    const rest = text.subarray(bytes, textLength);
    if (contentLength !== undefined) left = contentLength;
    if (!isObject()) {
      textLength = rest.copy(text);
      left -= textLength;
      return undefined;
    }
    if (contentLength === undefined) throw new LostAnswer('the answer does not say how long it is');
    sink.begin(contentLength);
    return rest.length > 0 ? pour(rest) : undefined;
  };
  const takeText = (bytes: Uint8Array): Promise<void> | undefined => {
    textLength += bytes.length;
    if (head) {
      left -= bytes.length;
      return undefined;
    }
    head = parseResponseHead(text.toString('latin1', 0, textLength));
    if (head) return beginBody(head);
    if (textLength === text.length) throw new LostAnswer('the answer does not begin');
    return undefined;
  };
  return {
    space: () => (isObject() && left > 0 ? sink.space() : text.subarray(textLength)),
    take: (bytes) => (isObject() ? takeObject(bytes) : takeText(bytes)),
    isDone: () => left === 0 || (head !== undefined && !isObject() && textLength === text.length),
    refusal: () => (head && !isObject() ? toFault(head.status, text.toString('utf8', 0, textLength)) : undefined),
  };
};

const toFault = (status: number, text: string): ServiceFault => {
  const name = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'UnknownFault';
  return new ServiceFault(status, {
    __type: status >= 500 ? 'ServiceUnavailable' : name,
    message: `S3 answered ${status} ${name}`,
  });
};
