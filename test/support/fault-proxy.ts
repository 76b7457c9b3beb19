// A proxy between an AWS client and the emulator that does what networks and AWS do on bad days (faults.ts). What
// happens to the n-th request of an operation depends on the seed alone, so a failing run is replayed by its seed;
// which request is the n-th depends on how the callers interleave.
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type FaultRates, faults, fraction, pickFault, refusalOf, splitBatch } from './faults.ts';

export interface FaultProxyOptions {
  /** Where requests go: `http://127.0.0.1:<port>`. */
  readonly target: string;
  readonly seed: number;
  /** By operation (`TransactWriteItems`, `PutItem` …); `*` for those not named. */
  readonly rates: Readonly<Record<string, FaultRates>>;
  /** Longest delay of a `delay` and a `late`, milliseconds. Default 120. */
  readonly maxDelayMs?: number;
  /** A fault for certain requests, before the rates are asked: `index` counts those of the operation, from 0. */
  readonly script?: (operation: string, index: number) => Fault | undefined;
  /** Rewrites what the service gets, e.g. to take a transaction's token away. */
  readonly rewrite?: (operation: string, body: Buffer) => Buffer;
}

/** One request as the proxy saw it. */
export interface Passage {
  readonly operation: string;
  readonly fault: Fault | undefined;
  /** Whether the service got it, and how often. */
  readonly deliveries: number;
}

interface Arrived {
  readonly fault: Fault | undefined;
  /** Which request of its operation, from 0. */
  readonly index: number;
  readonly operation: string;
  readonly body: Buffer;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

interface Relayed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const readAll = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

export class FaultProxy {
  readonly passages: Passage[] = [];
  /** Set false to let everything through. */
  enabled = true;
  readonly #options: FaultProxyOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #counts = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #server = createServer((incoming, outgoing) => {
    const handled = this.#handle(incoming, outgoing).catch(() => void incoming.socket.destroy());
    this.#underWay.add(handled);
    void handled.then(() => this.#underWay.delete(handled));
  });

  constructor(options: FaultProxyOptions) {
    this.#options = options;
  }

  /** @returns the proxy's own address */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Until nothing is under way to the service, what comes late included. */
  async quiet(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
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
    if (!this.enabled) return { index, fault: undefined };
    const { rates, script, seed } = this.#options;
    const drawn = () => pickFault(rates[operation] ?? rates['*'] ?? {}, fraction(seed, operation, index));
    return { index, fault: script?.(operation, index) ?? drawn() };
  }

  /** A fraction that belongs to this request alone, for one purpose. */
  #at({ operation, index }: Arrived, purpose: string): number {
    return fraction(this.#options.seed, purpose, operation, index);
  }

  #pause(arrived: Arrived): Promise<void> {
    return sleep(this.#at(arrived, 'delay') * (this.#options.maxDelayMs ?? 120));
  }

  #relay({ incoming, operation, body }: Pick<Arrived, 'incoming' | 'operation' | 'body'>): Promise<Relayed> {
    const sent = this.#options.rewrite?.(operation, body) ?? body;
    return new Promise((resolve, reject) => {
      const onward = send(
        new URL(incoming.url ?? '/', this.#options.target),
        {
          method: incoming.method,
          headers: { ...incoming.headers, 'content-length': sent.length },
          agent: this.#agent,
        },
        (answer) => {
          readAll(answer).then(
            (read) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read }),
            reject,
          );
        },
      );
      onward.on('error', reject);
      onward.end(sent);
    });
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const operation =
      String(incoming.headers['x-amz-target'] ?? incoming.method)
        .split('.')
        .at(-1) ?? 'unknown';
    const arrived = { ...this.#next(operation), operation, body, incoming, outgoing };
    // Counted before it is done, so that what is under way is seen.
    const passage = { operation, fault: arrived.fault, deliveries: 0 };
    this.passages.push(passage);
    passage.deliveries = await this.#apply(arrived);
  }

  /** Does the fault. @returns how often the service got the request */
  async #apply(arrived: Arrived): Promise<number> {
    const { fault, operation, body, incoming, outgoing } = arrived;
    switch (fault) {
      case 'drop-request':
        incoming.socket.destroy();
        return 0;
      case 'drop-answer':
        await this.#relay(arrived);
        incoming.socket.destroy();
        return 1;
      case 'reset-answer':
        await resetInAnswer(outgoing, await this.#relay(arrived));
        return 1;
      case 'late':
        incoming.socket.destroy();
        await this.#pause(arrived);
        await this.#relay(arrived);
        return 1;
      case 'error-before':
        answerJson(outgoing, 500, { __type: 'InternalServerError', message: 'injected' });
        return 0;
      case 'error-after':
        await this.#relay(arrived);
        answerJson(outgoing, 500, { __type: 'InternalServerError', message: 'injected after the fact' });
        return 1;
      case 'throttle':
      case 'throttle-action':
      case 'conflict':
      case 'in-progress': {
        const refusal = refusalOf(fault, operation, body, this.#at(arrived, 'action'));
        if (!refusal) break;
        answerJson(outgoing, 400, refusal);
        return 0;
      }
      case 'unprocessed': {
        if (operation !== 'BatchWriteItem') break;
        const { done, rest } = splitBatch(body);
        await this.#relay({ incoming, operation, body: done });
        answerJson(outgoing, 200, { UnprocessedItems: rest });
        return 1;
      }
      case 'duplicate': {
        await this.#relay(arrived);
        answer(outgoing, await this.#relay(arrived));
        return 2;
      }
      case 'delay':
        await this.#pause(arrived);
        break;
      case undefined:
        break;
    }
    answer(outgoing, await this.#relay(arrived));
    return 1;
  }
}

const answer = (outgoing: ServerResponse, { status, headers, body }: Relayed) => {
  const { 'transfer-encoding': _chunked, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, 'content-length': body.length });
  outgoing.end(body);
};

/** Half of the body, then the connection is gone. */
const resetInAnswer = async (outgoing: ServerResponse, { status, headers, body }: Relayed) => {
  const { 'transfer-encoding': _chunked, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, 'content-length': body.length });
  await new Promise<void>((resolve) => outgoing.write(body.subarray(0, body.length >> 1), () => resolve()));
  outgoing.socket?.destroy();
};

const answerJson = (outgoing: ServerResponse, status: number, body: unknown) => {
  const text = JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
};
