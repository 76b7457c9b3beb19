import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stageNames, synthesise, synthesised } from './synthesised.ts';

const production = synthesised('production');
const dev = synthesised('dev');
const kept = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::Cognito::UserPool', 'AWS::Logs::LogGroup'];

describe.each(stageNames)('a table of %s', (name) => {
  const { templates } = synthesised(name);

  it.each(['accounts', 'registry', 'billing'])('of %s is shaped as every context expects', (context) => {
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

  it('is one of three: a context has one', () => {
    templates.data.resourceCountIs('AWS::DynamoDB::Table', 3);
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

it('keeps uploads and artifacts private, versioned, encrypted and logged', () => {
  const buckets = production.ofType('AWS::S3::Bucket').filter(([id]) => !id.includes('AccessLog'));
  expect(buckets).toHaveLength(2);
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

it('expires what was uploaded and never what is served', () => {
  const expiring = production
    .ofType('AWS::S3::Bucket')
    .filter(([, { Properties }]) => JSON.stringify(Properties).includes('"ExpirationInDays"'))
    .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
  expect(expiring.sort()).toEqual(['RegistryAccessLog', 'RegistryQuarantine']);
});

it('opens buckets to pages of the configured origins alone', () => {
  const { templates } = synthesise('production', { corsOrigins: ['https://console.example'] });
  templates.data.hasResourceProperties('AWS::S3::Bucket', {
    CorsConfiguration: {
      CorsRules: [Match.objectLike({ AllowedMethods: ['POST', 'PUT'], AllowedOrigins: ['https://console.example'] })],
    },
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
    ]),
  );
  expect(Object.keys(dev.templates.control.findOutputs('*'))).toEqual(expect.arrayContaining(['ApiUrl', 'ApiId']));
});
