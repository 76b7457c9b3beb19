import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stageNames, synthesise, synthesised } from './synthesised.ts';

const production = synthesised('production');
const dev = synthesised('dev');
const dataBuckets = Object.entries(production.templates.data.findResources('AWS::S3::Bucket'));
const kept = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Cognito::UserPool', 'AWS::Logs::LogGroup'];

describe.each(stageNames)('a table of %s', (name) => {
  const { templates } = synthesised(name);

  it.each(['accounts', 'registry', 'billing', 'governance'])('of %s is shaped as every context expects', (context) => {
    templates.data.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: `aimass-${name}-${context}`,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: ['gsi1', 'gsi2'].map((index) => ({
        IndexName: index,
        KeySchema: [
          { AttributeName: `${index}pk`, KeyType: 'HASH' },
          { AttributeName: `${index}sk`, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      })),
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('is one of four: a context has one', () => {
    templates.data.resourceCountIs('AWS::DynamoDB::Table', 4);
  });
});

describe('production', () => {
  it.each(kept)('retains every %s, whatever becomes of its stack', (type) => {
    const resources = production.ofType(type);
    expect(resources.length).toBeGreaterThan(0);
    for (const [id, resource] of resources)
      expect({ id, deletion: resource.DeletionPolicy, replacement: resource.UpdateReplacePolicy }).toEqual({
        id,
        deletion: expect.stringMatching(/^Retain/),
        replacement: 'Retain',
      });
  });

  it('refuses to delete tables, users and stacks', () => {
    production.templates.data.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
    production.templates.data.allResourcesProperties('AWS::Cognito::UserPool', { DeletionProtection: 'ACTIVE' });
    for (const stack of Object.values(production.stacks)) expect(stack.terminationProtection).toBe(true);
  });

  it('lets nobody sign in with a password on the wire', () => {
    production.templates.data.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    });
  });
});

it('leaves nothing of dev behind', () => {
  for (const type of kept)
    for (const [, resource] of dev.ofType(type)) expect(resource.DeletionPolicy ?? 'Delete').toBe('Delete');
});

it('signs people in by verified e-mail, in any case, with a second factor if they like', () => {
  production.templates.data.hasResourceProperties('AWS::Cognito::UserPool', {
    UsernameAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
    AutoVerifiedAttributes: ['email'],
    MfaConfiguration: 'OPTIONAL',
    EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  });
  production.templates.data.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'operators' });
  production.templates.data.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    GenerateSecret: false,
    PreventUserExistenceErrors: 'ENABLED',
    EnableTokenRevocation: true,
  });
});

it('keeps uploads, artifacts, the search index and archived events private, versioned, encrypted and logged', () => {
  const buckets = dataBuckets.filter(([id]) => !id.includes('AccessLog'));
  expect(buckets).toHaveLength(4);
  for (const [, { Properties }] of buckets)
    expect(Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: expect.anything(),
      LoggingConfiguration: expect.anything(),
    });
});

it('expires what was uploaded, an index that nobody made anew, and never what is served', () => {
  const expiring = dataBuckets
    .filter(([, { Properties }]) => JSON.stringify(Properties).includes('"ExpirationInDays"'))
    .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
  expect(expiring.sort()).toEqual(['RegistryAccessLog', 'RegistryQuarantine', 'RegistrySearch']);
});

it('opens uploads to pages of the configured origins alone, and what an address leads to to any, once there are such pages', () => {
  const { templates } = synthesise('production', { corsOrigins: ['https://console.example'] });
  templates.data.hasResourceProperties('AWS::S3::Bucket', {
    CorsConfiguration: {
      CorsRules: [Match.objectLike({ AllowedMethods: ['POST', 'PUT'], AllowedOrigins: ['https://console.example'] })],
    },
  });
  // A browser that was led there by the API from another origin no longer says from which page.
  templates.data.hasResourceProperties('AWS::S3::Bucket', {
    CorsConfiguration: { CorsRules: [Match.objectLike({ AllowedMethods: ['GET', 'HEAD'], AllowedOrigins: ['*'] })] },
  });
  for (const [, { Properties }] of production.ofType('AWS::S3::Bucket'))
    expect(Properties.CorsConfiguration).toBeUndefined();
});

it('tells the outputs that tools read', () => {
  expect(Object.keys(dev.templates.data.findOutputs('*'))).toEqual(
    expect.arrayContaining([
      'UserPoolId',
      'UserPoolClientId',
      'QuarantineBucket',
      'ArtifactsBucket',
      'EventBusName',
      'AccountsTable',
      'RegistryTable',
      'BillingTable',
      'GovernanceTable',
      'BillingArchiveBucket',
    ]),
  );
  expect(Object.keys(dev.templates.control.findOutputs('*'))).toEqual(expect.arrayContaining(['ApiUrl', 'ApiId']));
});
