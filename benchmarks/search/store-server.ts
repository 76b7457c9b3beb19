// A server that keeps objects as S3 does, conditional writes included, and reads items as DynamoDB does; it counts what
// is asked of it.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoreServer {
  readonly endpoint: string;
  /** Since they were last set to zero. */
  readonly counts: { objectReads: number; itemReads: number; bytesRead: number; bytesWritten: number };
  close(): void;
}

interface Stored {
  readonly bytes: Buffer;
  readonly etag: string;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Items as DynamoDB writes them. */
const attributesOf = (item: object): object =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, attributeOf(value)]),
  );

const attributeOf = (value: unknown): object => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  return { M: attributesOf(value as object) };
};

/** @param itemOf - the item of a table under its `pk` and `sk` */
export const startStoreServer = async (
  itemOf: (key: { pk: string; sk: string }) => Record<string, unknown> | undefined,
): Promise<StoreServer> => {
  const objects = new Map<string, Stored>();
  const counts = { objectReads: 0, itemReads: 0, bytesRead: 0, bytesWritten: 0 };
  const end = (
    response: ServerResponse,
    status: number,
    headers: Record<string, string>,
    body: Uint8Array | string = '',
  ) => {
    response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
    response.end(body);
  };

  const readItems = (body: Buffer, response: ServerResponse) => {
    counts.itemReads++;
    const { RequestItems } = JSON.parse(body.toString()) as {
      RequestItems: Record<string, { Keys: Record<string, { S: string }>[] }>;
    };
    const Responses = Object.fromEntries(
      Object.entries(RequestItems).map(([table, { Keys }]) => [
        table,
        Keys.flatMap(({ pk, sk }) => {
          const item = itemOf({ pk: pk?.S ?? '', sk: sk?.S ?? '' });
          return item ? [attributesOf(item)] : [];
        }),
      ]),
    );
    end(
      response,
      200,
      { 'content-type': 'application/x-amz-json-1.0' },
      JSON.stringify({ Responses, UnprocessedKeys: {} }),
    );
  };

  const write = (key: string, request: IncomingMessage, bytes: Buffer, response: ServerResponse) => {
    const present = objects.get(key);
    const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
    if ((match !== undefined && present?.etag !== match) || (noneMatch === '*' && present)) {
      return end(
        response,
        412,
        { 'content-type': 'application/xml' },
        '<Error><Code>PreconditionFailed</Code></Error>',
      );
    }
    counts.bytesWritten += bytes.length;
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    objects.set(key, { bytes, etag });
    end(response, 200, { etag });
  };

  const read = (key: string, request: IncomingMessage, response: ServerResponse) => {
    counts.objectReads++;
    const found = objects.get(key);
    if (!found)
      return end(response, 404, { 'content-type': 'application/xml' }, '<Error><Code>NoSuchKey</Code></Error>');
    if (request.headers['if-none-match'] === found.etag) return end(response, 304, { etag: found.etag });
    counts.bytesRead += found.bytes.length;
    end(response, 200, { etag: found.etag, 'content-type': 'binary/octet-stream' }, found.bytes);
  };

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.headers['x-amz-target']) return readItems(body, response);
      const key = decodeURIComponent(new URL(request.url ?? '/', 'http://s3').pathname);
      return request.method === 'PUT' ? write(key, request, body, response) : read(key, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
