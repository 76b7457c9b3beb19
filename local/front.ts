// The front: a reverse proxy on loopback that stands where CloudFront stands on AWS, so that the API has a plain
// http://127.0.0.1:<port> that any client resolves. Run as a process of its own: `node local/front.ts`.
import { Agent, createServer, type ServerResponse } from 'node:http';
import { createProxyServer } from 'http-proxy-3';
import * as z from 'zod';

const env = z
  .object({ FRONT_PORT: z.coerce.number().int(), EMULATOR_PORT: z.coerce.number().int(), API_ID: z.string().min(1) })
  .parse(process.env);

// The emulator routes by path only when the host is its own address (any other name is looked up as a service).
const emulator = `127.0.0.1:${env.EMULATOR_PORT}`;
const proxy = createProxyServer({
  target: `http://${emulator}`,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
  headers: { host: emulator },
  xfwd: true,
});

const refuse = (response: ServerResponse, status: number, code: string, detail: string) => {
  const body = JSON.stringify({
    type: `/docs/errors#${code}`,
    title: detail,
    status,
    detail,
    code,
    error: detail,
    requestId: '',
    errors: [],
  });
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' }).end(body);
};

proxy.on('error', (_fault, _request, response) => {
  if (!('writeHead' in response)) return response.destroy();
  if (response.headersSent) return response.destroy();
  return refuse(response, 503, 'unavailable', 'the local cloud does not answer; is it starting or stopping?');
});

/** The API's place at the emulator. Dots are resolved first, so that none leads from there to the emulator's own paths. */
const placeOf = (path: string): string => {
  const { pathname, search } = new URL(`http://front${path}`);
  return `/_aws/execute-api/${env.API_ID}/$default${pathname}${search}`;
};

// What is too long for the API is refused by the API, which says why: Node alone would answer 431 and nothing else.
const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
  if (request.url === '/' || request.url === '') {
    response.writeHead(302, { location: '/docs' }).end();
    return;
  }
  if (!request.url?.startsWith('/')) {
    refuse(response, 400, 'malformed_request', 'the request must name a path of this server');
    return;
  }
  request.url = placeOf(request.url);
  proxy.web(request, response);
});
server.keepAliveTimeout = 65_000;
server.listen(env.FRONT_PORT, '127.0.0.1');

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
