// The contexts whose routes make up the API, in the order the reference shows them.
import { accountsRoutes } from '../../lambdas/accounts/contract.ts';
import { billingRoutes } from '../../lambdas/billing/contract.ts';
import { governanceRoutes } from '../../lambdas/governance/contract.ts';
import { inferenceRoutes } from '../../lambdas/inference/contract.ts';
import { registryRoutes } from '../../lambdas/registry/contract.ts';
import type { RouteSpec } from '../../lambdas/shared/platform/route.ts';

export interface ApiContext {
  readonly name: string;
  /** What its routes are for, in one or two sentences. */
  readonly description: string;
  readonly routes: Readonly<Record<string, RouteSpec>>;
}

export const apiContexts: readonly ApiContext[] = [
  { name: 'accounts', description: 'Who you are: the account you act for, and its API keys.', routes: accountsRoutes },
  {
    name: 'registry',
    description: 'Models, their immutable versions and how a version is uploaded, checked and published.',
    routes: registryRoutes,
  },
  {
    name: 'inference',
    description:
      'Calling models by the Open Inference Protocol (KServe v2, Triton), the binary tensor extension included. Unknown members and query parameters are ignored, as its clients expect.',
    routes: inferenceRoutes,
  },
  { name: 'billing', description: 'What was used, what it cost and what is left.', routes: billingRoutes },
  {
    name: 'governance',
    description: 'Whether the API is up, what a client must know, and webhooks.',
    routes: governanceRoutes,
  },
];
