/** What steers a server of one's own (loading, tracing, logging, shared memory): refused in words that say where instead. */
import { DomainError } from '../../shared/kernel/errors.ts';
import type { UseCases } from '../../shared/platform/route.ts';
import type { refusedRoutes } from '../refused-routes.ts';

const refuse = (message: string) => async (): Promise<never> => {
  throw new DomainError('unreadable', 'extension_not_served', message);
};

const tracing = refuse('traces are not served here: the answer’s `x-request-id` names the call in the operator’s logs');
const logging = refuse('log settings are not served here: the platform’s log is the operator’s');
const sharedMemory = refuse(
  'no memory is shared over a network: send `data` or `binary_data_size`, and ask for `binary_data`',
);

export const refuseExtensions = (): UseCases<typeof refusedRoutes> => ({
  loadModel: refuse('models are not loaded by hand: a published one is loaded by its first call'),
  unloadModel: refuse('models are not unloaded by hand: what is not called gives its memory back'),
  getTraceSetting: tracing,
  updateTraceSetting: tracing,
  getModelTraceSetting: tracing,
  updateModelTraceSetting: tracing,
  getLogSettings: logging,
  updateLogSettings: logging,
  getSystemSharedMemory: sharedMemory,
  updateSystemSharedMemory: sharedMemory,
  getCudaSharedMemory: sharedMemory,
  updateCudaSharedMemory: sharedMemory,
});
