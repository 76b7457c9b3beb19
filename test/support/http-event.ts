// A fresh HTTP API event each time, as the gateway hands it to a function; and the call of a handler with it.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  /** Without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON with its content type, text as it is, bytes as base64. */
  readonly body?: unknown;
  readonly sourceIp?: string;
}

export const httpEvent = ({
  method,
  path,
  query = '',
  headers = {},
  body,
  sourceIp = '203.0.113.7',
}: HttpCall): APIGatewayProxyEventV2 => {
  const json = typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
  const text = json ? JSON.stringify(body) : body instanceof Uint8Array ? Buffer.from(body).toString('base64') : body;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'api.example', ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: 'test' },
      requestId: 'gateway-request',
      routeKey: '$default',
      stage: '$default',
      time: '23/Nov/2026:20:46:00 +0000',
      timeEpoch: Date.UTC(2026, 10, 23, 20, 46),
    },
    ...(text === undefined ? {} : { body: String(text) }),
    isBase64Encoded: body instanceof Uint8Array,
  };
};

export const lambdaContext = {
  functionName: 'test',
  getRemainingTimeInMillis: () => 30_000,
} as unknown as Context;

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it would travel. */
  readonly bytes: Buffer;
  /** The body as text; '' when there is none. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON came
  readonly body: any;
}

/** Calls the handler and reads its answer; a JSON body is parsed unless it is packed. */
export const callHandler = async (handler: unknown, call: HttpCall): Promise<HttpAnswer> => {
  const result = (await (handler as Handler)(httpEvent(call), lambdaContext)) as APIGatewayProxyStructuredResultV2;
  const bytes = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  const text = bytes.toString();
  const headers = (result.headers ?? {}) as Record<string, string>;
  const json = text !== '' && headers['content-type']?.includes('json') && !headers['content-encoding'];
  return { status: result.statusCode ?? 0, headers, bytes, text, body: json ? JSON.parse(text) : undefined };
};
