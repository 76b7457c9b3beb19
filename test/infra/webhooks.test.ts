// Webhooks: which events they hear of, who may open their secrets, and where they may lead.
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../lambdas/governance/domain/delivery.ts';
import { type stageNames, synthesised } from './synthesised.ts';

const production = synthesised('production');

const variablesOf = (stage: (typeof stageNames)[number], name: string): Record<string, unknown> => {
  const [, found] =
    synthesised(stage)
      .ofType('AWS::Lambda::Function')
      .find(([, { Properties }]) => Properties.FunctionName === `aimass-${stage}-${name}`) ?? [];
  if (!found) throw new Error(`no function ${name}`);
  return (found.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
};

describe.each(['governance-api', 'governance-deliver'])('%s', (name) => {
  it.each(['staging', 'production'] as const)('may lead to no private host in %s', (stage) => {
    expect(variablesOf(stage, name)).not.toHaveProperty('WEBHOOK_PRIVATE_HOSTS');
  });

  it('may lead to the machine it runs on in dev', () => {
    expect(variablesOf('dev', name)).toMatchObject({ WEBHOOK_PRIVATE_HOSTS: '127.0.0.1,localhost' });
  });
});

it('hears of every context’s events, and loses none that its queue did not take', () => {
  production.templates.control.hasResourceProperties('AWS::Events::Rule', {
    Name: 'aimass-production-governance-notify',
    EventPattern: { source: [{ prefix: 'aimass.' }] },
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  });
});

it('gives an attempt longer than its function may take', () => {
  const [, deliver] =
    production
      .ofType('AWS::Lambda::Function')
      .find(([, { Properties }]) => Properties.FunctionName === 'aimass-production-governance-deliver') ?? [];
  expect(Number(deliver?.Properties.Timeout) * 1000).toBeLessThan(LEASE_MS);
});

it('seals secrets with a key that is renewed each year, and outlives the stack', () => {
  production.templates.data.hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({ EnableKeyRotation: true }),
  });
});

it('lets nobody both make and open a secret', () => {
  const holders = (action: string) =>
    production.ofType('AWS::IAM::Policy').flatMap(([id, one]) => (JSON.stringify(one).includes(action) ? [id] : []));
  expect(holders('kms:Encrypt').every((id) => id.startsWith('GovernanceApi'))).toBe(true);
  expect(holders('kms:Decrypt').every((id) => id.startsWith('GovernanceWebhooksDeliver'))).toBe(true);
  expect([holders('kms:Encrypt'), holders('kms:Decrypt')].map((ids) => ids.length)).toEqual([1, 1]);
});
