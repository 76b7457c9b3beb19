// Which context answers which path at the gateway: derived from the routes in the contracts.
import { accountsRoutes } from '../../lambdas/accounts/contract.ts';
import { billingRoutes } from '../../lambdas/billing/contract.ts';
import { governanceRoutes } from '../../lambdas/governance/contract.ts';
import { inferenceRoutes } from '../../lambdas/inference/contract.ts';
import { registryRoutes } from '../../lambdas/registry/contract.ts';
import { deriveGatewayRoutes } from '../routes.ts';

export const gatewayRoutes = deriveGatewayRoutes({
  accounts: accountsRoutes,
  registry: registryRoutes,
  inference: inferenceRoutes,
  billing: billingRoutes,
  governance: governanceRoutes,
});

export type RoutedContext = (typeof gatewayRoutes)[number]['owner'];

export const routeKeysOf = (context: RoutedContext): string[] =>
  gatewayRoutes.filter(({ owner }) => owner === context).map(({ key }) => key);
