// The origin secret against Secrets Manager and CloudFront as the emulator has them: what a rotation writes, what CloudFront
// then sends, and what a function believes.
import { CloudFrontClient, CreateDistributionCommand, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cloudFront } from '../../lambdas/governance/adapters/cloud-front.ts';
import { secretsManagerVersions } from '../../lambdas/governance/adapters/secrets-manager-versions.ts';
import { rotateOrigin } from '../../lambdas/governance/routes/rotate-origin.ts';
import { clientAddressOf } from '../../lambdas/shared/platform/client-address.ts';
import { type Emulator, startEmulator } from '../support/emulator.ts';

const name = 'aimass-dev-origin';
const first = '1'.repeat(64);
const next = '2'.repeat(64);
const gateway = '198.51.100.9';
const viewer = '203.0.113.7';

let emulator: Emulator;
let secrets: SecretsManagerClient;
let front: CloudFrontClient;
let distributionId: string;

beforeAll(async () => {
  emulator = await startEmulator();
  for (const [key, value] of Object.entries({ ...emulator.env, AWS_ENDPOINT_URL: emulator.endpoint }))
    vi.stubEnv(key, value);
  secrets = new SecretsManagerClient({});
  front = new CloudFrontClient({});
  await secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify({ current: first }) }));
  const { Distribution } = await front.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: 'test',
        Comment: 'front',
        Enabled: true,
        Origins: {
          Quantity: 1,
          Items: [
            {
              Id: 'api',
              DomainName: 'api.example',
              CustomHeaders: {
                Quantity: 2,
                Items: [
                  { HeaderName: 'x-other', HeaderValue: 'stays' },
                  { HeaderName: 'X-Aimass-Origin-Secret', HeaderValue: first },
                ],
              },
              CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' },
            },
          ],
        },
        DefaultCacheBehavior: { TargetOriginId: 'api', ViewerProtocolPolicy: 'https-only' },
      },
    }),
  );
  distributionId = Distribution?.Id ?? '';
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await emulator?.stop();
});

const sentHeaders = async () => {
  const { DistributionConfig } = await front.send(new GetDistributionConfigCommand({ Id: distributionId }));
  return DistributionConfig?.Origins?.Items?.[0]?.CustomHeaders?.Items?.map(
    (one) => `${one.HeaderName}: ${one.HeaderValue}`,
  );
};

/** As Secrets Manager does it, step by step. */
const rotate = async (token: string) => {
  const step = rotateOrigin({
    versions: secretsManagerVersions(secrets, name),
    front: cloudFront(front, distributionId),
    newValue: () => next,
    waitForFunctions: async () => {},
  });
  for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
    await step({ Step, ClientRequestToken: token, SecretId: name });
};

const from = (shown: string) =>
  clientAddressOf({ ORIGIN_SECRET: name })(
    { 'x-aimass-origin-secret': shown, 'x-aimass-viewer-address': viewer },
    gateway,
  );

it('is believed as it was made', async () => {
  expect(await from(first)).toBe(viewer);
  expect(await from(next)).toBe(gateway);
});

it('is changed in both, with the one before it still believed, and nothing else of the distribution touched', async () => {
  await rotate('token-00000000-0000-0000-0000-000000000001');
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
  expect(JSON.parse(SecretString ?? '')).toEqual({ current: next, previous: first });
  expect(await sentHeaders()).toEqual(['x-other: stays', `X-Aimass-Origin-Secret: ${next}`]);
  expect(await from(next)).toBe(viewer);
  expect(await from(first)).toBe(viewer);
  expect(await from('3'.repeat(64))).toBe(gateway);
});

it('is nothing to a function whose secret is not there, and the fault is told', async () => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const address = clientAddressOf({ ORIGIN_SECRET: 'aimass-dev-nothing' });
  expect(await address({ 'x-aimass-origin-secret': first, 'x-aimass-viewer-address': viewer }, gateway)).toBe(gateway);
  write.mockRestore();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'fault', requestId: 'origin-secret' }]);
});
