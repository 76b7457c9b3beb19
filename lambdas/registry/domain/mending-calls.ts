// The calls that mend a refusal, as refusals name them.
import type { ErrorLink } from '../../shared/kernel/errors.ts';

const post = (href: string): ErrorLink => ({ rel: 'mend', method: 'POST', href });
const get = (rel: string, href: string): ErrorLink => ({ rel, method: 'GET', href });

export const askCall = (model: string): ErrorLink => post(`/v1/models/${model}/access-requests`);
export const acceptCall = (model: string): ErrorLink => post(`/v1/models/${model}/terms/accept`);
export const subscribeCalls = (model: string): ErrorLink[] => [
  post('/v1/subscriptions'),
  get('offers', `/v1/models/${model}/offers`),
];
export const lookCall = (model: string): ErrorLink => get('status', `/v1/models/${model}/access-requests`);
export const callCall = (model: string): ErrorLink => post(`/v2/models/${model}/infer`);
