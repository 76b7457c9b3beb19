// The HTTPS front: an HTTP API whose routes hand whole path prefixes to functions, with an access log and a wall.
import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnRoute,
  CorsHttpMethod,
  DomainName,
  HttpApi as GatewayApi,
  HttpIntegration,
  HttpIntegrationType,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { ServiceFunction } from './service-function.ts';

export interface HttpApiProps {
  readonly apiName: string;
  readonly corsOrigins: readonly string[];
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly logRetentionDays: RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
  readonly domain?: { readonly name: string; readonly certificateArn: string };
}

/** What a page of another origin may send and see. */
const requestHeaders = [
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
];
const answerHeaders = [
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
];

export class HttpApi extends Construct {
  readonly api: GatewayApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    this.api = new GatewayApi(this, 'Resource', {
      apiName: props.apiName,
      createDefaultStage: false,
      ...(props.corsOrigins.length > 0
        ? {
            corsPreflight: {
              allowOrigins: [...props.corsOrigins],
              allowMethods: [CorsHttpMethod.ANY],
              allowHeaders: requestHeaders,
              exposeHeaders: answerHeaders,
              maxAge: Duration.hours(1),
            },
          }
        : {}),
    });
    const accessLog = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/${props.apiName}`,
      retention: props.logRetentionDays,
      removalPolicy: props.logRemovalPolicy,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: { rateLimit: props.requestsPerSecond, burstLimit: props.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat },
      ...(props.domain ? { domainMapping: { domainName: this.ownDomain(props.domain) } } : {}),
    });
  }

  /**
   * Sends these routes to a function. Made in `scope`, so that a function of another stack brings its routes along.
   * @param routeKeys - `ANY /v1/models/{proxy+}`, or `$default`
   */
  addRoutes(scope: Construct, id: string, callee: ServiceFunction, routeKeys: readonly string[]): void {
    const place = new Construct(scope, id);
    const integration = new HttpIntegration(place, 'Integration', {
      httpApi: this.api,
      integrationType: HttpIntegrationType.AWS_PROXY,
      integrationUri: callee.target.functionArn,
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    });
    // One permission for all routes of this API: one for each outgrows a function's policy near 46 routes.
    callee.target.addPermission('Gateway', {
      scope: place,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: '*' }),
    });
    for (const routeKey of routeKeys) {
      const route = new CfnRoute(place, routeKey.replace(/^ANY /, ''), {
        apiId: this.api.apiId,
        routeKey,
        target: `integrations/${integration.integrationId}`,
        authorizationType: 'NONE',
      });
      acknowledge(route, {
        'AwsSolutions-APIG4':
          'Each function authenticates: a gateway authorizer answers 401 and 403 in a shape that Open Inference Protocol clients cannot read.',
      });
    }
  }

  private ownDomain({ name, certificateArn }: { name: string; certificateArn: string }) {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    return new DomainName(this, 'Domain', { domainName: name, certificate });
  }
}

/** Figures only: no address, no path (it may name things), no header of a caller. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTimeEpoch',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    integrationLatencyMs: '$context.integrationLatency',
    bytes: '$context.responseLength',
    error: '$context.integrationErrorMessage',
  }),
);
