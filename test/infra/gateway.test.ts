import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { gatewayRoutes } from '../../lib/contexts/gateway-routes.ts';
import { type Synthesised, synthesise, synthesised } from './synthesised.ts';

const dev = synthesised('dev');

/** Route key → name of the function behind it. */
const routeTable = ({ ofType }: Synthesised): Record<string, string> => {
  const functions = new Map(
    ofType('AWS::Lambda::Function').map(([id, { Properties }]) => [id, String(Properties.FunctionName)]),
  );
  const integrations = new Map(
    ofType('AWS::ApiGatewayV2::Integration').map(([id, { Properties }]) => [id, Properties]),
  );
  return Object.fromEntries(
    ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
      const integrationId = JSON.stringify(Properties.Target).match(/"Ref":"(\w+)"/)?.[1] ?? '';
      const functionId = JSON.stringify(integrations.get(integrationId)?.IntegrationUri).match(
        /"Fn::GetAtt":\["(\w+)"/,
      )?.[1];
      return [String(Properties.RouteKey), functions.get(functionId ?? '') ?? 'nothing'];
    }),
  );
};

describe('the gateway', () => {
  it('leads each route of the contracts to its context, and every other path to governance', () => {
    const functionOf = (owner: string) => `aimass-dev-${owner}-${owner === 'inference' ? 'infer' : 'api'}`;
    expect(routeTable(dev)).toEqual({
      ...Object.fromEntries(gatewayRoutes.map(({ key, owner }) => [key, functionOf(owner)])),
      $default: 'aimass-dev-governance-api',
    });
  });

  it('has the routes that the main job needs', () => {
    expect(routeTable(dev)).toMatchObject({
      'ANY /v1/models': 'aimass-dev-registry-api',
      'ANY /v1/models/{proxy+}': 'aimass-dev-registry-api',
      'ANY /v2': 'aimass-dev-inference-infer',
      'ANY /v2/{proxy+}': 'aimass-dev-inference-infer',
      'ANY /v1/usage': 'aimass-dev-billing-api',
      'ANY /v1/balance': 'aimass-dev-billing-api',
      'ANY /v1/account': 'aimass-dev-accounts-api',
      'ANY /v1/keys/{proxy+}': 'aimass-dev-accounts-api',
    });
  });

  it('may call each function by one permission', () => {
    const permitted = dev
      .ofType('AWS::Lambda::Permission')
      .filter(([, { Properties }]) => Properties.Principal === 'apigateway.amazonaws.com');
    expect(permitted).toHaveLength(5);
    for (const [, { Properties }] of permitted) expect(JSON.stringify(Properties.SourceArn)).toContain('/*"');
  });

  it('logs figures of each call, and nothing that a caller wrote', () => {
    const [stage] = dev.ofType('AWS::ApiGatewayV2::Stage').map(([, { Properties }]) => Properties.AccessLogSettings);
    const { Format } = z.object({ Format: z.string() }).parse(stage);
    expect(Object.keys(JSON.parse(Format))).toEqual(
      expect.arrayContaining(['requestId', 'route', 'status', 'latencyMs']),
    );
    for (const left of ['sourceIp', 'userAgent', 'path', 'authorizer', 'input']) expect(Format).not.toContain(left);
  });

  it('lets pages of the configured origins in, with the headers that clients send', () => {
    dev.templates.control.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['*'],
        AllowHeaders: Match.arrayWith([
          'authorization',
          'content-encoding',
          'content-type',
          'idempotency-key',
          'if-match',
          'if-none-match',
          'inference-header-content-length',
          'range',
          'x-aimass-account',
          'x-aimass-affinity',
          'x-aimass-max-price-micros',
        ]),
      },
    });
    const [api] = synthesised('production').ofType('AWS::ApiGatewayV2::Api');
    expect(api?.[1].Properties.CorsConfiguration).toBeUndefined();
  });

  it('shows such pages every header that an answer may carry for its caller', () => {
    const [api] = dev.ofType('AWS::ApiGatewayV2::Api');
    expect(api?.[1].Properties.CorsConfiguration).toMatchObject({
      ExposeHeaders: expect.arrayContaining([
        'accept-ranges',
        'etag',
        'idempotency-replayed',
        'inference-header-content-length',
        'link',
        'location',
        'ratelimit',
        'ratelimit-policy',
        'repr-digest',
        'retry-after',
        'www-authenticate',
        'x-aimass-price-micros',
        'x-aimass-replayed',
        'x-aimass-sha256',
        'x-aimass-version',
        'x-error-code',
        'x-error-message',
        'x-linked-etag',
        'x-linked-size',
        'x-repo-commit',
        'x-request-id',
      ]),
    });
  });

  it('answers under a name of its own, where a stage has one', () => {
    const own = synthesise('production', {
      domain: { name: 'api.example.com', certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/abc' },
    });
    own.templates.control.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'api.example.com' });
    own.templates.control.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
    own.templates.control.hasOutput('ApiUrl', { Value: 'https://api.example.com' });
  });
});
