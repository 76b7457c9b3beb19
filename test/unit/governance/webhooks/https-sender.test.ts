import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpsSender, type SenderOptions } from '../../../../lambdas/governance/adapters/https-sender.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listen = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const send = (url: string, options: Partial<SenderOptions> = {}) =>
  httpsSender({ privateHosts: ['127.0.0.1'], ...options }).send({
    url,
    headers: { 'webhook-id': 'evt_1' },
    body: '{"type":"x"}',
  });

const resolving =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('the sender', () => {
  it('posts the body to the letter, and tells how it was answered', async () => {
    const seen: unknown[] = [];
    const url = await listen(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push(request.method, request.url, request.headers['webhook-id'], request.headers.connection, body);
      response.writeHead(201).end('thank\u0000s');
    });
    expect(await send(`${url}/a?b=c`)).toMatchObject({ status: 201, error: undefined, response: 'thank s' });
    expect(seen).toEqual(['POST', '/a?b=c', 'evt_1', 'close', '{"type":"x"}']);
  });

  it('follows no redirect', async () => {
    let calls = 0;
    const url = await listen((_, response) => {
      calls++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await send(url)).toMatchObject({ status: 302, error: expect.stringContaining('redirects') });
    expect(calls).toBe(1);
  });

  it.each([
    { status: 429, header: '120', ms: 120_000 },
    { status: 503, header: '7', ms: 7000 },
    { status: 500, header: '7', ms: undefined },
    { status: 503, header: 'soon', ms: undefined },
  ])('hears $status ask for $header', async ({ status, header, ms }) => {
    const url = await listen((_, response) => response.writeHead(status, { 'retry-after': header }).end());
    expect((await send(url)).retryAfterMs).toBe(ms);
  });

  it('reads no more of an answer than the beginning, however long it goes on', async () => {
    const url = await listen((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const { status, response = '' } = await send(url);
    expect([status, response.length]).toEqual([200, 512]);
  });

  it('takes an answer whose body never ends for answered', async () => {
    const url = await listen((_, response) => {
      response.writeHead(200).write('well');
    });
    expect(await send(url, { timeoutMs: 200 })).toMatchObject({ status: 200, response: 'well' });
  });

  it('gives up on a host that does not answer, or whose name nobody resolves', async () => {
    const url = await listen(() => undefined);
    const error = 'no answer within 0.1 seconds';
    expect(await send(url, { timeoutMs: 100 })).toMatchObject({ status: undefined, error });
    const never = () => new Promise<never>(() => undefined);
    expect(await send('https://example.com/', { timeoutMs: 100, resolve: never })).toMatchObject({ error });
  });

  it('tells a connection that is refused in words, without the address', async () => {
    const url = await listen(() => undefined);
    servers.splice(0)[0]?.close();
    expect(await send(url)).toMatchObject({ status: undefined, error: 'the host refuses connections' });
  });
});

describe('a host', () => {
  it.each([
    ['10.0.0.7'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:10.0.0.7'],
    // One of several is enough: which of them is called is not ours to choose.
    ['93.184.216.34', '127.0.0.1'],
  ])('that resolves to %j is not called', async (...addresses) => {
    const outcome = await send('https://example.com/', { resolve: resolving(...addresses) });
    expect(outcome).toMatchObject({ status: undefined, error: expect.stringContaining('not of the public internet') });
  });

  it('that is an address is looked at without a resolver', async () => {
    const resolve = async () => {
      throw new Error('nothing to resolve');
    };
    const outcome = await send('https://[fd00:ec2::254]/', { resolve });
    expect(outcome.error).toContain('not of the public internet');
  });

  it('is not called without TLS unless the stage names it', async () => {
    const outcome = await send('http://example.com/', { resolve: resolving('93.184.216.34') });
    expect(outcome.error).toContain('https://');
  });

  it('is called at the address that was looked at: its name is resolved once, and never again', async () => {
    const url = await listen((_, response) => response.writeHead(204).end());
    const { port } = new URL(url);
    let lookups = 0;
    // The system's own resolver knows no such name: only the one address that was found here leads anywhere.
    const resolve = async () => {
      lookups++;
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const outcome = await send(`http://rebinding.invalid:${port}/`, { privateHosts: ['rebinding.invalid'], resolve });
    expect([outcome.status, lookups]).toEqual([204, 1]);
  });
});
