// governance-api: health, configuration, the API's description, webhooks, and the answer to every unknown path. Only webhooks
// touch a store, and ask who calls: the rest answers when everything else is down.
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createAuthenticator, createLimiter } from '../../accounts/gateway.ts';
import { createApi } from '../../shared/platform/api.ts';
import { documentClient } from '../../shared/platform/aws.ts';
import { readEnv } from '../../shared/platform/env.ts';
import { bundledFiles } from '../adapters/bundled-files.ts';
import { dynamoDeliveries } from '../adapters/dynamo-deliveries.ts';
import { dynamoWebhooks } from '../adapters/dynamo-webhooks.ts';
import { kmsSealer } from '../adapters/kms-secrets.ts';
import { sqsDeliveries } from '../adapters/sqs-deliveries.ts';
import { governanceApiEnv, governanceRoutes } from '../contract.ts';
import { createWebhook } from '../routes/create-webhook.ts';
import { deleteWebhook } from '../routes/delete-webhook.ts';
import { getConfig } from '../routes/get-config.ts';
import { getDelivery } from '../routes/get-delivery.ts';
import { getDocs } from '../routes/get-docs.ts';
import { getDocsScript } from '../routes/get-docs-script.ts';
import { getErrorDocs } from '../routes/get-error-docs.ts';
import { getHealth } from '../routes/get-health.ts';
import { getOpenApi } from '../routes/get-open-api.ts';
import { getWebhook } from '../routes/get-webhook.ts';
import { listDeliveries } from '../routes/list-deliveries.ts';
import { listWebhooks } from '../routes/list-webhooks.ts';
import { replayDelivery } from '../routes/replay-delivery.ts';
import { rotateWebhookSecret } from '../routes/rotate-webhook-secret.ts';
import { testWebhook } from '../routes/test-webhook.ts';
import { updateWebhook } from '../routes/update-webhook.ts';

const env = readEnv(governanceApiEnv);
const files = bundledFiles(__dirname);

// Clients of AWS, which are made here and connect when they are used.
const webhooks = dynamoWebhooks(documentClient(), env.GOVERNANCE_TABLE);
const deliveries = dynamoDeliveries(documentClient(), env.GOVERNANCE_TABLE);
const queue = sqsDeliveries(new SQSClient({ useQueueUrlAsEndpoint: false }), env.DELIVERY_QUEUE_URL);
const secrets = kmsSealer(new KMSClient({}), env.WEBHOOK_KEY);
const privateHosts = env.WEBHOOK_PRIVATE_HOSTS;

export const handler = createApi({
  routes: governanceRoutes,
  useCases: {
    getHealth: getHealth(env),
    getConfig: getConfig(env),
    getOpenApi: getOpenApi(files),
    getDocs: getDocs(),
    getDocsScript: getDocsScript(files),
    getErrorDocs: getErrorDocs(files),
    createWebhook: createWebhook({ webhooks, secrets, privateHosts }),
    listWebhooks: listWebhooks(webhooks),
    getWebhook: getWebhook(webhooks),
    updateWebhook: updateWebhook({ webhooks, privateHosts }),
    deleteWebhook: deleteWebhook(webhooks),
    rotateWebhookSecret: rotateWebhookSecret({ webhooks, secrets }),
    testWebhook: testWebhook({ webhooks, deliveries, queue }),
    listDeliveries: listDeliveries({ webhooks, deliveries }),
    getDelivery: getDelivery({ webhooks, deliveries }),
    replayDelivery: replayDelivery({ webhooks, deliveries, queue }),
  },
  authenticate: createAuthenticator(env, documentClient()),
  limit: createLimiter(env, documentClient()),
});
