// A message's headers as Standard Webhooks wants them: one signature for each secret that is in force.
import { Webhook as Signer } from 'standardwebhooks';

/**
 * @param secrets - `whsec_…`, newest first
 * @param body - the very text that is sent
 */
export const signMessage = ({
  id,
  body,
  secrets,
  nowMs,
}: {
  readonly id: string;
  readonly body: string;
  readonly secrets: readonly string[];
  readonly nowMs: number;
}): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'user-agent': 'AI-Mass-Webhooks/1',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(nowMs / 1000)),
  'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, new Date(nowMs), body)).join(' '),
});
