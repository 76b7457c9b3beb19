// A customer's receiver of webhooks, on loopback: keeps what came, and answers as it is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HookReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** What is answered from now on. @default 204 */
  answerWith(decide: (message: Received) => HookAnswer): void;
  stop(): Promise<void>;
}

export const startHookReceiver = async (): Promise<HookReceiver> => {
  const received: Received[] = [];
  let decide = (_: Received): HookAnswer => ({ status: 204 });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const message = { path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() };
    received.push(message);
    const answer = decide(message);
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answerWith: (next) => {
      decide = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** As a customer would: by the public library. @throws WebhookVerificationError */
export const verified = (
  secret: string,
  { headers, body }: Received,
): { type: string; data: Record<string, unknown> } =>
  new Webhook(secret).verify(body, { ...headers }) as { type: string; data: Record<string, unknown> };
