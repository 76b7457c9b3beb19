// A proxy between an AWS client and the emulator that does what networks and AWS do on bad days: drops, resets, 500s,
// throttles, transaction conflicts, duplicates, delays. What happens to the n-th request of an operation depends on
// the seed alone, so a failing run is replayed by its seed.
import { createHash } from 'node:crypto';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export const faults = [
  'drop-request', // the socket dies before the service saw the request
  'drop-answer', // the service did it, the answer is lost
  'error-before', // 500, nothing done
  'error-after', // 500, yet done
  'throttle', // 400 ProvisionedThroughputExceeded, nothing done
  'conflict', // TransactionCanceled [TransactionConflict …], a single write's TransactionConflict; nothing done
  'duplicate', // the request arrives twice, the first answer is given
  'delay', // done late
] as const;
export type Fault = (typeof faults)[number];

/** Probability of each fault, 0–1, their sum at most 1. */
export type FaultRates = Partial<Record<Fault, number>>;

export interface FaultProxyOptions {
  /** Where requests go: `http://127.0.0.1:<port>`. */
  readonly target: string;
  readonly seed: number;
  /** By operation (`TransactWriteItems`, `PutItem` …); `*` for those not named. */
  readonly rates: Readonly<Record<string, FaultRates>>;
  /** Longest delay of a `delay`, milliseconds. Default 120. */
  readonly maxDelayMs?: number;
}

/** One request as the proxy saw it. */
export interface Passage {
  readonly operation: string;
  readonly fault: Fault | undefined;
  /** Whether the service got it, and how often. */
  readonly deliveries: number;
}

/** A fraction in [0, 1) that depends on its arguments alone. */
const fraction = (...parts: readonly (string | number)[]): number =>
  createHash('sha256').update(parts.join('|')).digest().readUInt32BE(0) / 2 ** 32;

const pick = (rates: FaultRates, at: number): Fault | undefined => {
  let sum = 0;
  for (const fault of faults) {
    sum += rates[fault] ?? 0;
    if (at < sum) return fault;
  }
  return undefined;
};

const readAll = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const conflictReasons = (body: Buffer) => {
  const { TransactItems = [] } = JSON.parse(body.toString() || '{}') as { TransactItems?: unknown[] };
  const reasons = TransactItems.map((_, index) => ({ Code: index === 0 ? 'TransactionConflict' : 'None' }));
  return {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map((r) => r.Code).join(', ')}]`,
    CancellationReasons: reasons,
  };
};

/** What DynamoDB says to a write while a transaction holds its items; undefined for what is no such write. */
const conflictOf = (operation: string, body: Buffer) => {
  if (operation === 'TransactWriteItems') return conflictReasons(body);
  if (operation !== 'UpdateItem' && operation !== 'PutItem') return undefined;
  return {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException',
    message: 'Transaction is ongoing for the item',
  };
};

interface Relayed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export class FaultProxy {
  readonly passages: Passage[] = [];
  /** Set false to let everything through. */
  enabled = true;
  readonly #options: FaultProxyOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #counts = new Map<string, number>();
  readonly #server = createServer((incoming, outgoing) => {
    this.#handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });

  constructor(options: FaultProxyOptions) {
    this.#options = options;
  }

  /** @returns the proxy's own address */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  /** How often each fault happened. */
  counts(): Record<Fault, number> {
    const counts = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>;
    for (const { fault } of this.passages) if (fault) counts[fault]++;
    return counts;
  }

  #next(operation: string): { fault: Fault | undefined; index: number } {
    const index = this.#counts.get(operation) ?? 0;
    this.#counts.set(operation, index + 1);
    const rates = this.#options.rates[operation] ?? this.#options.rates['*'] ?? {};
    return { index, fault: this.enabled ? pick(rates, fraction(this.#options.seed, operation, index)) : undefined };
  }

  #relay(incoming: IncomingMessage, body: Buffer): Promise<Relayed> {
    return new Promise((resolve, reject) => {
      const onward = send(
        new URL(incoming.url ?? '/', this.#options.target),
        { method: incoming.method, headers: incoming.headers, agent: this.#agent },
        (answer) => {
          readAll(answer).then(
            (read) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read }),
            reject,
          );
        },
      );
      onward.on('error', reject);
      onward.end(body);
    });
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const operation =
      String(incoming.headers['x-amz-target'] ?? incoming.method)
        .split('.')
        .at(-1) ?? 'unknown';
    const { fault, index } = this.#next(operation);
    const deliveries = await this.#apply({ fault, index, operation, body, incoming, outgoing });
    this.passages.push({ operation, fault, deliveries });
  }

  /** Does the fault. @returns how often the service got the request */
  async #apply(passage: {
    fault: Fault | undefined;
    index: number;
    operation: string;
    body: Buffer;
    incoming: IncomingMessage;
    outgoing: ServerResponse;
  }): Promise<number> {
    const { fault, index, operation, body, incoming, outgoing } = passage;
    switch (fault) {
      case 'drop-request':
        incoming.socket.destroy();
        return 0;
      case 'drop-answer':
        await this.#relay(incoming, body);
        incoming.socket.destroy();
        return 1;
      case 'error-before':
        answerJson(outgoing, 500, { __type: 'InternalServerError', message: 'injected' });
        return 0;
      case 'error-after':
        await this.#relay(incoming, body);
        answerJson(outgoing, 500, { __type: 'InternalServerError', message: 'injected after the fact' });
        return 1;
      case 'throttle':
        answerJson(outgoing, 400, {
          __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
          message: 'injected',
        });
        return 0;
      case 'conflict': {
        const conflict = conflictOf(operation, body);
        if (!conflict) break;
        answerJson(outgoing, 400, conflict);
        return 0;
      }
      case 'duplicate': {
        const first = await this.#relay(incoming, body);
        await this.#relay(incoming, body);
        answer(outgoing, first);
        return 2;
      }
      case 'delay':
        await new Promise((resolve) =>
          setTimeout(
            resolve,
            fraction(this.#options.seed, 'delay', operation, index) * (this.#options.maxDelayMs ?? 120),
          ),
        );
        break;
      case undefined:
        break;
    }
    answer(outgoing, await this.#relay(incoming, body));
    return 1;
  }
}

const answer = (outgoing: ServerResponse, { status, headers, body }: Relayed) => {
  const { 'transfer-encoding': _chunked, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, 'content-length': body.length });
  outgoing.end(body);
};

const answerJson = (outgoing: ServerResponse, status: number, body: unknown) => {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
};
