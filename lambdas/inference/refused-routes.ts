// The parts of Triton's protocol that steer a server of one's own: known, so that its clients read a reason. Nobody can
// have any use of them, so they are not in the API's description.
import * as z from 'zod/mini';
import { defineRoutes } from '../shared/platform/route.ts';

const refused = { auth: 'public', responses: {}, errors: ['extension_not_served'] } as const;
const anyBody = { bodyAs: 'bytes' } as const;
const model = z.object({ model: z.string().check(z.maxLength(200), z.meta({ example: 'acme.iris' })) });
const rest = z.object({ rest: z.string().check(z.maxLength(500), z.meta({ example: 'status' })) });

export const refusedRoutes = defineRoutes({
  loadModel: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/repository/models/{model}/load',
    summary: 'Load a model: refused, a published one is loaded by its first call',
    params: model,
  },
  unloadModel: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/repository/models/{model}/unload',
    summary: 'Unload a model: refused, its publisher retires it',
    params: model,
  },
  getTraceSetting: { ...refused, method: 'GET', path: '/v2/trace/setting', summary: 'Get trace settings: refused' },
  updateTraceSetting: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/trace/setting',
    summary: 'Change trace settings: refused',
  },
  getModelTraceSetting: {
    ...refused,
    method: 'GET',
    path: '/v2/models/{model}/trace/setting',
    summary: 'Get a model’s trace settings: refused',
    params: model,
  },
  updateModelTraceSetting: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/models/{model}/trace/setting',
    summary: 'Change a model’s trace settings: refused',
    params: model,
  },
  getLogSettings: { ...refused, method: 'GET', path: '/v2/logging', summary: 'Get log settings: refused' },
  updateLogSettings: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/logging',
    summary: 'Change log settings: refused',
  },
  getSystemSharedMemory: {
    ...refused,
    method: 'GET',
    path: '/v2/systemsharedmemory/{rest+}',
    summary: 'Get shared memory: refused, none is shared over a network',
    params: rest,
  },
  updateSystemSharedMemory: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/systemsharedmemory/{rest+}',
    summary: 'Register shared memory: refused, none is shared over a network',
    params: rest,
  },
  getCudaSharedMemory: {
    ...refused,
    method: 'GET',
    path: '/v2/cudasharedmemory/{rest+}',
    summary: 'Get CUDA shared memory: refused, none is shared over a network',
    params: rest,
  },
  updateCudaSharedMemory: {
    ...refused,
    ...anyBody,
    method: 'POST',
    path: '/v2/cudasharedmemory/{rest+}',
    summary: 'Register CUDA shared memory: refused, none is shared over a network',
    params: rest,
  },
});
