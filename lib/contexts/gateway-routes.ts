// Which context answers which path at the gateway: derived from the routes in the contracts.
import * as accounts from '../../lambdas/accounts/contract.ts';
import * as billing from '../../lambdas/billing/contract.ts';
import * as governance from '../../lambdas/governance/contract.ts';
import * as inference from '../../lambdas/inference/contract.ts';
import * as registry from '../../lambdas/registry/contract.ts';
import { deriveGatewayRoutes } from '../routes.ts';

type Routes = Readonly<Record<string, { readonly path: string }>>;
const of = (m: object, name: string) => (m as Record<string, Routes>)[name] ?? {};

export const gatewayRoutes = deriveGatewayRoutes({
  accounts: of(accounts, 'accountsRoutes'),
  registry: of(registry, 'registryRoutes'),
  inference: of(inference, 'inferenceRoutes'),
  billing: of(billing, 'billingRoutes'),
  governance: of(governance, 'governanceRoutes'),
});

export type RoutedContext = (typeof gatewayRoutes)[number]['owner'];

export const routeKeysOf = (context: RoutedContext): string[] =>
  gatewayRoutes.filter(({ owner }) => owner === context).map(({ key }) => key);
