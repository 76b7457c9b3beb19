// A secret as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 random bytes.
import { randomBytes } from 'node:crypto';

export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
