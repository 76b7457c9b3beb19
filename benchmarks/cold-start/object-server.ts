// A server that gives objects as S3 does, from memory, to whoever asks.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ObjectServer {
  readonly endpoint: string;
  close(): void;
}

/** @param objects - key → bytes, of any bucket */
export const startObjectServer = async (objects: ReadonlyMap<string, Uint8Array>): Promise<ObjectServer> => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://s3');
    const bytes = objects.get(decodeURIComponent(pathname.split('/').slice(2).join('/')));
    const body = bytes ?? Buffer.from('<Error><Code>NoSuchKey</Code></Error>');
    response.writeHead(bytes ? 200 : 404, {
      'content-type': bytes ? 'binary/octet-stream' : 'application/xml',
      'content-length': body.length,
      etag: '"0"',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
