// Ends an environment at one of its awaits. A process that dies never sees what it waits for: from the chosen point on
// nothing passes the gate, so whatever it would have done next is not done.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { WriteTransport } from '../../lambdas/billing/adapters/write-transport.ts';

/** `before GetItem 1`: just before the first GetItem; `after GetItem 1`: it is done, and its answer is never seen. */
export type CrashPoint = string;

export interface CrashGate {
  /** Points reached so far, in order. */
  readonly points: readonly CrashPoint[];
  /** Resolves when the environment dies. */
  readonly died: Promise<void>;
  readonly isDead: () => boolean;
  /** Does it between the points before and after. Neither passes when the environment is dead: its promise stays open. */
  readonly pass: <T>(name: string, work: () => T) => T;
}

/** @param diesAt - whether this is the point, the `ordinal`-th from 0; default: none is */
export const createCrashGate = (diesAt: (point: CrashPoint, ordinal: number) => boolean = () => false): CrashGate => {
  const points: CrashPoint[] = [];
  const counts = new Map<string, number>();
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  let dead = false;
  /** @returns whether the environment is dead from here on */
  const reach = (point: CrashPoint): boolean => {
    if (dead) return true;
    points.push(point);
    dead = diesAt(point, points.length - 1);
    if (dead) die();
    return dead;
  };
  return {
    points,
    died,
    isDead: () => dead,
    pass: <T>(name: string, work: () => T): T => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      // Whoever dies here waits for ever, whatever type he waits for.
      if (reach(`before ${name} ${count}`)) return never as T;
      const result = work();
      if (!(result instanceof Promise)) return result;
      const after = `after ${name} ${count}`;
      return result.then(
        (value) => (reach(after) ? never : value),
        (fault) => (reach(after) ? never : Promise.reject(fault)),
      ) as T;
    },
  };
};

/** Lets each HTTP request of the client pass the gate, those of its own retries too. */
export const gateClient = (client: DynamoDBDocument, gate: CrashGate): DynamoDBDocument => {
  client.middlewareStack.add(
    (next, context) => (args) => gate.pass(String(context.commandName).replace('Command', ''), () => next(args)),
    // Behind the client's retries: what is here is done once a request.
    { step: 'deserialize', name: 'crashGate', priority: 'high' },
  );
  return client;
};

/** A transport's `send` is one request. */
export const gateTransport = (transport: WriteTransport, gate: CrashGate): WriteTransport => ({
  send: (operation, body) => gate.pass(operation, () => transport.send(operation, body)),
});

/** Lets each call of each function of a port pass the gate, whatever functions the port has or will have. */
export const gatePort = <T extends object>(name: string, port: T, gate: CrashGate): T =>
  new Proxy(port, {
    get: (target, property, receiver) => {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => gate.pass(`${name}.${String(property)}`, () => value.apply(target, args));
    },
  });
