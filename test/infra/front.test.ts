// CloudFront, its firewall and its secret: nothing of it runs on a laptop, so its templates are looked at closely, and
// what runs in CloudFront is run here as it stands in them.
import { runInNewContext } from 'node:vm';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { accountsRoutes, planLimits } from '../../lambdas/accounts/contract.ts';
import { billingRoutes } from '../../lambdas/billing/contract.ts';
import { governanceRoutes } from '../../lambdas/governance/contract.ts';
import { inferenceRoutes } from '../../lambdas/inference/contract.ts';
import { registryRoutes } from '../../lambdas/registry/contract.ts';
import type { StageConfig } from '../../lib/config/stage-config.ts';
import { parseStage } from '../../lib/config/stages.ts';
import { synthesise, synthesised } from './synthesised.ts';

const production = synthesised('production');
const { edge } = production.templates;
const wall = production.templates.wall as NonNullable<typeof production.templates.wall>;

/** AWS's managed policies have ids that never change. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST_HEADER = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

const behavior = z.object({
  PathPattern: z.string().optional(),
  TargetOriginId: z.string(),
  AllowedMethods: z.array(z.string()),
  CachePolicyId: z.string(),
  OriginRequestPolicyId: z.string().optional(),
  Compress: z.boolean(),
  ViewerProtocolPolicy: z.string(),
  ResponseHeadersPolicyId: z.object({ Ref: z.string() }),
  FunctionAssociations: z.array(z.object({ EventType: z.string(), FunctionARN: z.unknown() })),
});
const distributionConfig = z.object({
  DefaultCacheBehavior: behavior,
  CacheBehaviors: z.array(behavior),
  Origins: z.array(
    z.object({
      Id: z.string(),
      DomainName: z.unknown(),
      OriginCustomHeaders: z.array(z.object({ HeaderName: z.string(), HeaderValue: z.unknown() })).optional(),
      CustomOriginConfig: z.record(z.string(), z.unknown()).optional(),
      OriginAccessControlId: z.unknown().optional(),
    }),
  ),
  HttpVersion: z.string(),
  Logging: z.record(z.string(), z.unknown()),
  WebACLId: z.unknown(),
  Aliases: z.array(z.string()).optional(),
  ViewerCertificate: z.record(z.string(), z.unknown()).optional(),
});

const configOf = (stage: ReturnType<typeof synthesise>) => {
  const [distribution] = stage.ofType('AWS::CloudFront::Distribution');
  return distributionConfig.parse(distribution?.[1].Properties.DistributionConfig);
};
const config = configOf(production);
const originOf = (id: string) => config.Origins.find((origin) => origin.Id === id);

/** The source of a function of CloudFront's, by the name that an association has. */
const sourceOf = (association: unknown): string => {
  const id = /"Fn::GetAtt":\["(\w+)"/.exec(JSON.stringify(association))?.[1] ?? '';
  return String(edge.findResources('AWS::CloudFront::Function')[id]?.Properties.FunctionCode);
};
const run = (source: string, event: object): { uri: string; headers: Record<string, { value: string }> } =>
  JSON.parse(runInNewContext(`${source}; JSON.stringify(handler(${JSON.stringify(event)}))`));

describe('the path rules', () => {
  const patterns = config.CacheBehaviors.map(({ PathPattern }) => PathPattern ?? '');

  it('are those of the architecture', () => {
    expect(patterns).toEqual(['/v1*', '/v2*', '/docs*', '/hf*']);
  });

  it('lead every route of every contract to the API', () => {
    const routes = [accountsRoutes, billingRoutes, governanceRoutes, inferenceRoutes, registryRoutes];
    for (const { path } of routes.flatMap((one) => Object.values<{ path: string }>(one)))
      expect(patterns.some((pattern) => path.startsWith(pattern.slice(0, -1)))).toBe(true);
  });

  it('hand calls on as they came, any method, uncached and uncoded, but for the host', () => {
    for (const rule of config.CacheBehaviors) {
      expect(rule).toMatchObject({
        CachePolicyId: CACHING_DISABLED,
        OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST_HEADER,
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
      });
      expect(rule.AllowedMethods.sort()).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);
      expect(JSON.stringify(originOf(rule.TargetOriginId)?.DomainName)).toContain('.execute-api.');
    }
  });

  it('wait longer than the gateway, which answers by 30 seconds in our shape', () => {
    const api = originOf(config.CacheBehaviors[0]?.TargetOriginId ?? '');
    expect(api?.CustomOriginConfig).toMatchObject({
      OriginProtocolPolicy: 'https-only',
      OriginSSLProtocols: ['TLSv1.2'],
      OriginReadTimeout: 45,
    });
  });

  it('leave everything else to the console', () => {
    const { DefaultCacheBehavior: rest } = config;
    expect(rest).toMatchObject({ Compress: true, ViewerProtocolPolicy: 'redirect-to-https' });
    expect(rest.AllowedMethods).toEqual(['GET', 'HEAD']);
    expect(originOf(rest.TargetOriginId)?.OriginAccessControlId).toBeDefined();
  });
});

describe('what runs in CloudFront', () => {
  const pages = sourceOf(config.DefaultCacheBehavior.FunctionAssociations[0]);
  const address = sourceOf(config.CacheBehaviors[0]?.FunctionAssociations[0]);

  it.each([
    ['/', '/index.html'],
    ['/models/acme', '/index.html'],
    ['/models/', '/index.html'],
    ['/assets/app.3f2c.js', '/assets/app.3f2c.js'],
    ['/favicon.ico', '/favicon.ico'],
  ])('takes %s to %s', (uri, served) => {
    expect(run(pages, { request: { uri, headers: {} } }).uri).toBe(served);
  });

  const host = { value: 'models.example' };

  it('has no part in the API’s paths, so that a 404 of the API stays one', () => {
    for (const { FunctionAssociations } of config.CacheBehaviors) {
      expect(FunctionAssociations).toHaveLength(1);
      expect(sourceOf(FunctionAssociations[0])).toBe(address);
    }
    expect(run(address, { request: { uri: '/v1/nothing', headers: { host } }, viewer: { ip: '192.0.2.1' } }).uri).toBe(
      '/v1/nothing',
    );
  });

  it('tells the API the viewer’s address, and the name it called, whatever the viewer says of them', () => {
    const said = {
      'x-aimass-viewer-address': { value: '10.0.0.1' },
      'x-aimass-viewer-host': { value: 'evil.example' },
      accept: { value: '*/*' },
    };
    const told = run(address, { request: { uri: '/v2', headers: { host, ...said } }, viewer: { ip: '2001:db8::7' } });
    expect(told.headers).toEqual({
      host,
      'x-aimass-viewer-address': { value: '2001:db8::7' },
      'x-aimass-viewer-host': host,
      accept: { value: '*/*' },
    });
  });
});

describe('the origin secret', () => {
  it('is sent to the API and to no one else, as Secrets Manager has it', () => {
    const senders = config.Origins.filter((origin) => origin.OriginCustomHeaders);
    expect(senders).toHaveLength(1);
    expect(senders[0]?.CustomOriginConfig).toBeDefined();
    const [header] = senders[0]?.OriginCustomHeaders ?? [];
    expect(header?.HeaderName).toBe('x-aimass-origin-secret');
    expect(JSON.stringify(header?.HeaderValue)).toMatch(/resolve:secretsmanager:.*:SecretString:current/);
  });

  it('is changed every month by a function, not before there is a distribution to change', () => {
    edge.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'aimass-production-origin',
      GenerateSecretString: { GenerateStringKey: 'current', PasswordLength: 64, ExcludePunctuation: true },
    });
    edge.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
      RotateImmediatelyOnUpdate: false,
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    edge.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'secretsmanager.amazonaws.com' });
  });

  it('is named to, and may be read by, every function that asks who calls', () => {
    const named = production
      .ofType('AWS::Lambda::Function')
      .filter(([, { Properties }]) => JSON.stringify(Properties.Environment).includes('"ORIGIN_SECRET"'))
      .map(([, { Properties }]) => String(Properties.FunctionName).replace('aimass-production-', ''));
    expect(named.sort()).toEqual([
      'accounts-api',
      'billing-api',
      'governance-api',
      'governance-rotate-origin',
      'inference-infer',
      'registry-api',
    ]);
  });

  it('is nothing that a stage without a front knows of', () => {
    expect(JSON.stringify(Object.values(synthesised('dev').templates).map((one) => one.toJSON()))).not.toContain(
      'ORIGIN_SECRET',
    );
  });
});

describe('the headers', () => {
  const policies = edge.findResources('AWS::CloudFront::ResponseHeadersPolicy');
  const policyOf = (rule: z.output<typeof behavior> | undefined) =>
    z
      .record(z.string(), z.unknown())
      .parse(
        policies[rule?.ResponseHeadersPolicyId.Ref ?? '']?.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig,
      );

  it('let pages of the console talk to their own origin, to Cognito and to the upload bucket', () => {
    const policy = JSON.stringify(policyOf(config.DefaultCacheBehavior).ContentSecurityPolicy);
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(part);
    expect(policy).toMatch(/connect-src 'self' https:\/\/cognito-idp\..*RegistryQuarantine.*RegionalDomainName/);
    expect(policy).not.toContain('unsafe');
  });

  it('hold browsers to TLS and to content types, on both', () => {
    for (const rule of [config.DefaultCacheBehavior, ...config.CacheBehaviors]) {
      expect(policyOf(rule)).toMatchObject({
        StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
        ContentTypeOptions: { Override: true },
      });
    }
    expect(policyOf(config.CacheBehaviors[0])).not.toHaveProperty('ContentSecurityPolicy');
  });
});

it('speaks HTTP/3 and logs each request, without cookies', () => {
  expect(config.HttpVersion).toBe('http2and3');
  expect(config.Logging).toMatchObject({ IncludeCookies: false, Prefix: 'front/' });
});

const overrides = z.array(z.object({ Name: z.string(), ActionToUse: z.record(z.string(), z.unknown()) }));

describe('the firewall', () => {
  const acl = () => {
    const [found] = Object.values(wall.findResources('AWS::WAFv2::WebACL'));
    return found?.Properties as {
      Scope: string;
      CustomResponseBodies: Record<string, { Content: string; ContentType: string }>;
      Rules: { Name: string; Statement: Record<string, Record<string, unknown>>; Action?: unknown }[];
    };
  };
  const counted = (group: string): string[] => {
    const statement = acl().Rules.find(({ Name }) => Name === group)?.Statement.ManagedRuleGroupStatement;
    return overrides
      .parse(statement?.RuleActionOverrides)
      .map(({ Name, ActionToUse }) => `${Name} ${Object.keys(ActionToUse)[0]}`);
  };

  it('lies in the region that CloudFront takes it from, and stands before the distribution', () => {
    expect(production.stacks.wall?.region).toBe('us-east-1');
    expect(production.stacks.edge.region).toBe('eu-central-1');
    expect(acl().Scope).toBe('CLOUDFRONT');
    expect(JSON.stringify(config.WebACLId)).toMatch(/ExportsReader.*\/cdk\/exports\/aimass-production-edge\//);
  });

  it('lets tensors of any bytes and of 6 MB through, and clients that do not say who they are', () => {
    const common = counted('AWSManagedRulesCommonRuleSet');
    for (const rule of [
      'SizeRestrictions_BODY',
      'CrossSiteScripting_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'EC2MetaDataSSRF_BODY',
      'NoUserAgent_HEADER',
    ])
      expect(common).toContain(`${rule} Count`);
    expect(counted('AWSManagedRulesKnownBadInputsRuleSet').every((rule) => / Count$/.test(rule))).toBe(true);
    expect(counted('AWSManagedRulesAmazonIpReputationList')).toEqual([]);
  });

  it('lets queries through that name a model of any ending, and cursors of any text', () => {
    const common = counted('AWSManagedRulesCommonRuleSet');
    for (const rule of [
      'RestrictedExtensions_URIPATH',
      'RestrictedExtensions_QUERYARGUMENTS',
      'SizeRestrictions_QUERYSTRING',
      'GenericLFI_QUERYARGUMENTS',
      'GenericRFI_QUERYARGUMENTS',
    ])
      expect(common).toContain(`${rule} Count`);
    // What no caller of ours sends is still refused.
    for (const rule of ['GenericLFI_URIPATH', 'CrossSiteScripting_QUERYARGUMENTS', 'EC2MetaDataSSRF_QUERYARGUMENTS'])
      expect(common).not.toContain(`${rule} Count`);
  });

  it('holds back an address that sends too much: sooner where it shows no credentials', () => {
    const [all, open] = acl().Rules.map(({ Statement }) => Statement.RateBasedStatement);
    expect(all).toMatchObject({ Limit: 120_000, EvaluationWindowSec: 300, AggregateKeyType: 'IP' });
    // One account that uses its plan to the full, from one address, is not held back.
    const { calls, windowSeconds } = planLimits.free.account;
    expect(all?.Limit).toBeGreaterThanOrEqual((calls / windowSeconds) * 300 + calls);
    expect(all).not.toHaveProperty('ScopeDownStatement');
    expect(open).toMatchObject({
      Limit: 2000,
      ScopeDownStatement: {
        NotStatement: {
          Statement: { SizeConstraintStatement: { FieldToMatch: { SingleHeader: { Name: 'authorization' } } } },
        },
      },
    });
  });

  it('answers those in our shape, with the time to wait', () => {
    const { limited } = acl().CustomResponseBodies;
    expect(limited?.ContentType).toBe('APPLICATION_JSON');
    expect(JSON.parse(limited?.Content ?? '')).toMatchObject({
      status: 429,
      code: 'rate_limited',
      error: expect.any(String),
    });
    expect(JSON.stringify(acl().Rules[0]?.Action)).toContain('{"Name":"retry-after","Value":"300"}');
  });

  it('writes down what it refused, without credentials', () => {
    wall.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: 'aws-waf-logs-aimass-production-front' });
    wall.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      LogDestinationConfigs: [
        {
          'Fn::Join': [
            '',
            Match.arrayWith([Match.stringLikeRegexp(':log-group:aws-waf-logs-aimass-production-front$')]),
          ],
        },
      ],
      RedactedFields: Match.arrayWith([{ SingleHeader: { Name: 'authorization' } }]),
      LoggingFilter: Match.objectLike({ DefaultBehavior: 'DROP' }),
    });
  });
});

describe('a name of its own', () => {
  const named = (domain: NonNullable<StageConfig['front']>['domain']) =>
    synthesise('production', { front: { requestsPerFiveMinutes: { public: 100, all: 1000 }, domain } });

  it('comes with a certificate and records, where its zone is in Route 53', () => {
    const own = named({ name: 'ai.example.com', hostedZone: { id: 'Z0123456789ABC', name: 'example.com' } });
    own.templates.wall?.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'ai.example.com',
      ValidationMethod: 'DNS',
    });
    expect(configOf(own).Aliases).toEqual(['ai.example.com']);
    expect(configOf(own).ViewerCertificate).toMatchObject({
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    });
    const records = Object.values(own.templates.edge.findResources('AWS::Route53::RecordSet'));
    expect(records.map(({ Properties }) => `${Properties.Type} ${Properties.Name}`).sort()).toEqual([
      'A ai.example.com.',
      'AAAA ai.example.com.',
    ]);
    own.templates.data.hasResourceProperties('AWS::S3::Bucket', {
      CorsConfiguration: { CorsRules: [Match.objectLike({ AllowedOrigins: ['https://ai.example.com'] })] },
    });
  });

  it('takes a certificate that is there already', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/abc';
    const own = named({ name: 'ai.example.com', certificateArn });
    expect(configOf(own).ViewerCertificate).toMatchObject({ AcmCertificateArn: certificateArn });
    own.templates.edge.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  it('needs one of the two', () => {
    const odd = {
      odd: {
        ...parseStage('staging'),
        front: { requestsPerFiveMinutes: { public: 10, all: 10 }, domain: { name: 'ai.example.com' } },
      },
    };
    expect(() => parseStage('odd', odd)).toThrow("front.domain: must have either 'hostedZone' or 'certificateArn'");
  });
});

it('is left out of a stage that has none', () => {
  expect(synthesised('dev').stacks.wall).toBeUndefined();
  expect(synthesised('dev').ofType('AWS::CloudFront::Distribution')).toEqual([]);
  expect(synthesised('staging').ofType('AWS::CloudFront::Distribution')).toHaveLength(1);
});

it('brings nothing but the CDK’s own carriers from region to region', () => {
  for (const template of [edge, wall]) {
    const strange = Object.entries(template.toJSON().Resources as Record<string, { Type: string }>).filter(
      ([, { Type }]) => Type.startsWith('Custom::'),
    );
    expect(strange.map(([, { Type }]) => Type)).toEqual([
      expect.stringMatching(/^Custom::CrossRegionExport(Reader|Writer)$/),
    ]);
  }
});
