// governance-api: health, configuration, the API's description, and the answer to every unknown path.
import { createApi } from '../../shared/platform/api.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { bundledFiles } from '../adapters/bundled-files.ts';
import { governanceApiEnv, governanceRoutes } from '../contract.ts';
import { getConfig } from '../routes/get-config.ts';
import { getDocs } from '../routes/get-docs.ts';
import { getDocsScript } from '../routes/get-docs-script.ts';
import { getErrorDocs } from '../routes/get-error-docs.ts';
import { getHealth } from '../routes/get-health.ts';
import { getOpenApi } from '../routes/get-open-api.ts';

const env = readEnv(governanceApiEnv);
const files = bundledFiles(__dirname);

export const handler = createApi({
  routes: governanceRoutes,
  useCases: {
    getHealth: getHealth(env),
    getConfig: getConfig(env),
    getOpenApi: getOpenApi(files),
    getDocs: getDocs(),
    getDocsScript: getDocsScript(files),
    getErrorDocs: getErrorDocs(files),
  },
  authenticate: () => {
    throw new Error('every route of governance is public: nobody authenticates here');
  },
});
