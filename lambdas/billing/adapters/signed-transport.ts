// The charge's transport: signed by hand, one try at a time. It is the only write that every paid answer waits for; what
// it costs beside the SDK's is measured by `npm run bench -- inference`, case `charge`.
import type { Answer } from '../../shared/platform/signed/connection.ts';
import { LostAnswer } from '../../shared/platform/signed/connection.ts';
import { openJsonService, readFault } from '../../shared/platform/signed/json-service.ts';
import { type Reply, replyOfError, type WriteTransport } from './write-transport.ts';

/** A try that has no answer by then counts as lost. */
const TRY_TIMEOUT_MS = 1_000;

export interface SignedTransportOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default 1000 */
  readonly timeoutMs?: number;
  readonly clock?: () => number;
}

const DONE: Reply = { is: 'done' };

const lost = (cause: string): Reply => ({ is: 'try_again', cause, mayBeDone: true });

const readReply = ({ status, body }: Answer): Reply => {
  if (status === 200) return DONE;
  if (status >= 500) return lost(`status ${status}`);
  const { name, message, CancellationReasons, Item } = readFault(status, body.toString('utf8'));
  const reply = replyOfError({ name, status, reasons: CancellationReasons, item: Item });
  if (!reply) throw new Error(`DynamoDB refused a charge: ${name}: ${message}`);
  return reply;
};

export const signedTransport = ({
  env = process.env,
  timeoutMs = TRY_TIMEOUT_MS,
  clock = Date.now,
}: SignedTransportOptions = {}): WriteTransport => {
  const send = openJsonService({ service: 'dynamodb', targetPrefix: 'DynamoDB_20120810', env, clock });
  return {
    send: async (operation, body) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      try {
        return readReply(await send(operation, text, timeoutMs));
      } catch (fault) {
        if (fault instanceof LostAnswer) return lost(fault.message);
        throw fault;
      }
    },
  };
};
