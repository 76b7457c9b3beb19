import { App } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { readStage } from '../../lib/config/read-stage.ts';
import { assertDestroyable, parseStage, stages } from '../../lib/config/stages.ts';

const stageOf = (context: Record<string, string>) => readStage(new App({ context }).node);

it('is dev unless told', () => {
  expect(stageOf({}).name).toBe('dev');
  expect(stageOf({ stage: 'production' }).name).toBe('production');
});

it('refuses an unknown stage and lists the allowed', () => {
  expect(() => stageOf({ stage: 'prod' })).toThrow("'stage' must be one of dev, staging, production, got prod");
  expect(() => stageOf({ stage: 'constructor' })).toThrow("'stage' must be one of");
});

it('parses every stage of the map', () => {
  for (const name of Object.keys(stages)) expect(() => parseStage(name)).not.toThrow();
});

it.each([
  ['memoryMiB.infer', { memoryMiB: { ...parseStage('dev').memoryMiB, infer: 64 } }],
  ['logRetentionDays', { logRetentionDays: 8 }],
  ['eventRetentionDays', { eventRetentionDays: 35 }],
  ['region', { region: 'moon-1' }],
  ['alarmEmail', { alarmEmail: 'nobody' }],
  ['retention', { retention: 'retain' }],
])('names the fault at %s', (path, change) => {
  const map = { odd: { ...parseStage('dev'), ...change } };
  expect(() => parseStage('odd', map)).toThrow(path);
});

it('keeps everything of production, and lets dev go', () => {
  expect(parseStage('production')).toMatchObject({ removal: 'retain', deletionProtection: true });
  expect(parseStage('dev')).toMatchObject({ removal: 'destroy', deletionProtection: false });
});

it('lets webhooks lead to a private host on a laptop alone', () => {
  for (const name of ['staging', 'production']) expect(parseStage(name).webhookPrivateHosts).toEqual([]);
  expect(parseStage('dev').webhookPrivateHosts).toEqual(['127.0.0.1', 'localhost']);
});

it('lets no command destroy production', () => {
  expect(() => assertDestroyable('production')).toThrow('stage production is protected');
  expect(() => assertDestroyable('staging')).not.toThrow();
});
