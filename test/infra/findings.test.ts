// cdk-nag's AwsSolutions: nothing is found that was not acknowledged with a reason, and what is found stops a synthesis.
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { stageNames, synthesise, synthesised } from './synthesised.ts';

const findingsOf = (app: App) =>
  new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );

/** Of our findings; aws-cdk-lib acknowledges warnings of its own in the same place. */
const ownReasons = (data: unknown) =>
  Object.entries(z.record(z.string(), z.string()).parse(data))
    .filter(([id]) => id.includes('AwsSolutions'))
    .map(([, reason]) => reason);

describe.each(stageNames)('stage %s', (name) => {
  const { app, stacks } = synthesised(name);

  it('has no warning of the CDK that is not acknowledged', () => {
    const warnings = Object.values(stacks).flatMap((stack?: Stack) =>
      stack ? Annotations.fromStack(stack).findWarning('*', Match.anyValue()) : [],
    );
    expect(warnings.map(({ id, entry }) => `${id}: ${String(entry.data)}`)).toEqual([]);
  });

  it('has no finding that is not acknowledged', () => {
    expect(findingsOf(app)).toEqual([]);
  });

  it('acknowledges nothing on a whole stack, and gives each a reason', () => {
    const entries = app.node
      .findAll()
      .flatMap((construct) =>
        construct.node.metadata
          .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .map(({ data }) => ({ construct, reasons: ownReasons(data) })),
      )
      .filter(({ reasons }) => reasons.length > 0);
    expect(entries.length).toBeGreaterThan(0);
    for (const { construct, reasons } of entries) {
      expect(construct).not.toBeInstanceOf(Stack);
      for (const reason of reasons) expect(reason.length).toBeGreaterThan(20);
    }
  });
});

it('finds what is wrong, when something is', () => {
  const app = new App();
  new Bucket(new Stack(app, 'careless'), 'Open');
  expect(findingsOf(app)).toContain('AwsSolutions-S10 at careless/Open/Resource');
});

it('stops the synthesis at a finding', () => {
  const { app } = synthesise('dev');
  new Bucket(new Stack(app, 'careless'), 'Open');
  expect(() => app.synth({ force: true, errorOnDuplicateSynth: false })).toThrow('AwsSolutions-S10');
});
