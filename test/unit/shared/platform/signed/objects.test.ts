// Reading objects against servers that answer as S3 does, and as networks do: whatever way the bytes come in, they are
// the object's, in order, once.
import { readFileSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type ObjectSink, signedObjects } from '../../../../../lambdas/shared/platform/signed/objects.ts';

type Answer = (socket: Socket, index: number) => void;

const servers: net.Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const listening = async (server: net.Server, host: string): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
};

/** @param answer - called with each request's connection, when its head has come */
const startServer = async (answer: Answer) => {
  const requests: string[] = [];
  const take = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      requests.push(bytes.toString());
      answer(socket, requests.length - 1);
    });
  };
  const port = await listening(net.createServer(take), '127.0.0.1');
  return { requests, endpoint: `http://127.0.0.1:${port}`, take };
};

const envAt = (endpoint: string) => ({
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: endpoint,
});

/** Collects what comes, in pieces of its own size. */
const collector = (spaceBytes = 1_000) => {
  const room = Buffer.alloc(spaceBytes);
  let parts: Buffer[] = [];
  let waits = 0;
  const announced: number[] = [];
  const sink: ObjectSink = {
    begin: (sizeBytes) => {
      announced.push(sizeBytes);
      parts = [];
    },
    space: () => room,
    take: (bytes) => {
      parts.push(Buffer.from(bytes));
      // Every second time the next bytes have to wait.
      return waits++ % 2 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
    },
  };
  return { sink, announced, bytes: () => Buffer.concat(parts) };
};

const headOf = (length: number) =>
  `HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: ${length}\r\nServer: AmazonS3\r\n\r\n`;

const read = async (answer: Answer, options: { spaceBytes?: number; idleMs?: number } = {}) => {
  const server = await startServer(answer);
  const collected = collector(options.spaceBytes);
  const readObject = signedObjects({ env: envAt(server.endpoint), idleMs: options.idleMs ?? 2_000 });
  const outcome = await readObject('bucket', 'sha256/a b', collected.sink).then(
    () => undefined,
    (fault: unknown) => fault,
  );
  return { outcome, requests: server.requests, announced: collected.announced, bytes: collected.bytes() };
};

describe('reading an object', () => {
  it('asks for it by path, signed, and for no second request on the connection', async () => {
    const { requests } = await read((socket) => socket.end(headOf(0)));
    const [line = '', ...headers] = (requests[0] ?? '').trimEnd().split('\r\n');
    expect(line).toBe('GET /bucket/sha256/a%20b HTTP/1.1');
    expect(headers.map((header) => header.slice(0, header.indexOf(':'))).sort()).toEqual([
      'authorization',
      'connection',
      'host',
      'x-amz-content-sha256',
      'x-amz-date',
    ]);
    expect(headers).toContain('connection: close');
  });

  it('gives its bytes, however they are cut on the way and wherever they are put', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3_000 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 2_000 }),
        async (body, cuts, spaceBytes) => {
          const whole = Buffer.concat([Buffer.from(headOf(body.length)), body]);
          const { outcome, bytes, announced } = await read(
            async (socket) => {
              socket.setNoDelay(true);
              let at = 0;
              for (const cut of [...cuts, whole.length]) {
                socket.write(whole.subarray(at, at + cut));
                at += cut;
                await new Promise((resolve) => setImmediate(resolve));
                if (at >= whole.length) break;
              }
            },
            { spaceBytes },
          );
          expect(outcome).toBeUndefined();
          expect(announced).toEqual([body.length]);
          expect(bytes.equals(body)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    { why: 'the connection is lost before the head', first: (socket: Socket) => socket.destroy() },
    {
      why: 'the connection is lost in the midst of the bytes',
      first: (socket: Socket) => socket.end(`${headOf(6)}wro`),
    },
    {
      why: 'S3 asks to come again',
      first: (socket: Socket) =>
        socket.end('HTTP/1.1 503 Slow Down\r\nContent-Length: 30\r\n\r\n<Error><Code>SlowDown</Code>..'),
    },
    {
      why: 'S3 has a fault of its own, told in chunks',
      first: (socket: Socket) =>
        socket.end('HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n<Code>InternalError</Code>\r\n0\r\n\r\n'),
    },
  ])('begins anew when $why', async ({ first }) => {
    const { outcome, bytes, requests } = await read((socket, index) =>
      index === 0 ? first(socket) : socket.end(`${headOf(6)}object`),
    );
    expect(outcome).toBeUndefined();
    expect(bytes.toString()).toBe('object');
    expect(requests).toHaveLength(2);
  });

  it('gives up after three tries, telling what was last', async () => {
    const { outcome, requests } = await read((socket) => socket.destroy());
    expect(outcome).toMatchObject({ name: 'TimeoutError', message: 'the connection was lost' });
    expect(requests).toHaveLength(3);
  });

  it('waits no longer than the longest silence', async () => {
    const { outcome } = await read((socket) => void socket.write(`${headOf(6)}obj`), { idleMs: 50 });
    expect(outcome).toMatchObject({ name: 'TimeoutError', message: 'no answer in time' });
  });

  it.each([
    {
      why: 'a length',
      text: 'HTTP/1.1 404 Not Found\r\nContent-Length: 45\r\n\r\n<Error><Code>NoSuchKey</Code><Key>k</Key></Er',
      name: 'NoSuchKey',
    },
    {
      why: 'chunks',
      text: 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n19\r\n<Code>AccessDenied</Code>.\r\n0\r\n\r\n',
      name: 'AccessDenied',
    },
    { why: 'no text at all', text: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', name: 'UnknownFault' },
    { why: 'no end', text: `HTTP/1.1 404 X\r\n\r\n<Code>NoSuchKey</Code>${' '.repeat(40_000)}`, name: 'NoSuchKey' },
  ])('tells a refusal with $why by its name, at once', async ({ text, name }) => {
    const { outcome, requests, announced } = await read((socket) => {
      socket.write(text);
      if (text.includes('chunked')) socket.end();
    });
    expect(outcome).toMatchObject({ name, status: Number(text.slice(9, 12)) });
    expect(requests).toHaveLength(1);
    expect(announced).toEqual([]);
  });

  it.each([
    { why: 'more bytes than announced', text: `${headOf(3)}object` },
    { why: 'no length', text: 'HTTP/1.1 200 OK\r\n\r\nobject' },
    { why: 'a head that does not end', text: `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}` },
    { why: 'something else than HTTP', text: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
  ])('takes no answer with $why', async ({ text }) => {
    const { outcome } = await read((socket) => void socket.write(text));
    expect(outcome).toBeInstanceOf(Error);
  });

  it.each(['begin', 'take'] as const)(
    'ends with what the taker throws at its %s, and does not ask again',
    async (at) => {
      const server = await startServer((socket) => socket.end(`${headOf(6)}object`));
      const { sink } = collector();
      const failing: ObjectSink = {
        ...sink,
        [at]: () => {
          throw new Error('no room');
        },
      };
      const reading = signedObjects({ env: envAt(server.endpoint) })('b', 'k', failing);
      await expect(reading).rejects.toThrow('no room');
      expect(server.requests).toHaveLength(1);
    },
  );

  it('tells when the request has left, before there is an answer', async () => {
    const order: string[] = [];
    const server = await startServer((socket) => setTimeout(() => socket.end(headOf(0)), 50));
    const { sink } = collector();
    const readObject = signedObjects({ env: envAt(server.endpoint), onAsked: () => order.push('asked') });
    await readObject('b', 'k', { ...sink, begin: () => order.push('answered') });
    expect(order).toEqual(['asked', 'answered']);
  });

  it('reads over TLS, from whom the certificate names', async () => {
    const pem = (name: string) => readFileSync(new URL(`../../../../support/tls/${name}.pem`, import.meta.url), 'utf8');
    const body = Buffer.alloc(100_000, 'tls');
    const { take } = await startServer((socket) => socket.end(Buffer.concat([Buffer.from(headOf(body.length)), body])));
    const secure = tls.createServer({ key: pem('localhost-key'), cert: pem('localhost-certificate') }, take);
    const port = await listening(secure, 'localhost');
    const before = tls.getCACertificates('default');
    const attempt = async (host: string) => {
      const { sink, bytes } = collector(70_000);
      await signedObjects({ env: envAt(`https://${host}:${port}`), tryCount: 1 })('b', 'k', sink);
      return bytes();
    };
    await expect(attempt('localhost')).rejects.toThrow('the connection was lost');
    tls.setDefaultCACertificates([...before, pem('localhost-certificate')]);
    try {
      expect((await attempt('localhost')).equals(body)).toBe(true);
      await expect(attempt('127.0.0.1')).rejects.toThrow();
    } finally {
      tls.setDefaultCACertificates(before);
    }
  });

  it('needs region and credentials', () => {
    expect(() => signedObjects({ env: { AWS_REGION: 'eu-central-1' } })).toThrow(
      'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY',
    );
  });
});
