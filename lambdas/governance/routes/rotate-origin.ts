/**
 * Rotates the origin secret: Secrets Manager calls it once for each step of a rotation.
 *
 *   createSecret   pending = { current: a new value, previous: what CloudFront sends now }
 *   testSecret     the pending one still believes what CloudFront sends; without one there is nothing to test
 *   finishSecret   pending becomes current → functions believe both within a minute → CloudFront sends the new value
 *
 * Whatever step it dies at, functions believe what CloudFront sends: the next rotation begins from that, not from what
 * the last one meant to do.
 */
import * as z from 'zod';
import { type OriginSecret, proves } from '../../shared/platform/origin-secret.ts';
import type { Front, SecretVersions } from '../ports.ts';

export interface RotateOriginPorts {
  readonly versions: SecretVersions;
  readonly front: Front;
  readonly newValue: () => string;
  /** Longer than any function keeps a secret that it has read. */
  readonly waitForFunctions: () => Promise<void>;
}

export const rotationEvent = z.object({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  /** The pending version's id. */
  ClientRequestToken: z.string().min(1),
});

export const rotateOrigin =
  (ports: RotateOriginPorts) =>
  async (event: unknown): Promise<void> => {
    const { Step: step, ClientRequestToken: versionId } = rotationEvent.parse(event);
    if (step === 'createSecret') return create(ports, versionId);
    if (step === 'testSecret') return test(ports, versionId);
    if (step === 'finishSecret') return finish(ports, versionId);
    // setSecret: functions read the secret themselves, and CloudFront is told last.
  };

const create = async ({ versions, front, newValue }: RotateOriginPorts, versionId: string) => {
  if (await versions.read(versionId)) return;
  const sent = await front.settledSecret();
  await versions.writePending(versionId, { current: newValue(), previous: sent });
};

const test = async ({ versions, front }: RotateOriginPorts, versionId: string) => {
  const secret = await versions.read(versionId);
  // When a schedule is set that does not rotate at once, Secrets Manager tries this step alone, on a version that
  // createSecret never filled. CloudFront is not asked: it may still be spreading its first deploy.
  if (!secret) return;
  // A step may be repeated: CloudFront may send the new value by then.
  if (!proves(secret, await front.settledSecret()))
    throw new Error('CloudFront sends a secret that the new one forgets');
};

const finish = async ({ versions, front, waitForFunctions }: RotateOriginPorts, versionId: string) => {
  const { current } = await pending(versions, versionId);
  await versions.makeCurrent(versionId);
  await waitForFunctions();
  await front.send(current);
};

const pending = async (versions: SecretVersions, versionId: string): Promise<OriginSecret> => {
  const secret = await versions.read(versionId);
  if (!secret) throw new Error(`the secret has no version ${versionId}`);
  return secret;
};
