// A request to AWS as the permissions that it needs. What is not known here is refused: a new service or operation is
// added with its rules, from AWS's Service Authorization Reference.
import * as z from 'zod';
import { dynamodbNeeds } from './dynamodb-needs.ts';
import { ACCOUNT, type Need, REGION, Unknown } from './need.ts';
import { s3Needs } from './s3-needs.ts';
import { headerOf, invokedBy, type SeenRequest } from './seen-request.ts';

/** @throws Unknown what it is, when it cannot be put into IAM's terms */
export const needsOf = (request: SeenRequest): Need[] => {
  const target = headerOf(request, 'x-amz-target');
  if (target) return targetNeeds(target, request);
  const invoked = invokedBy(request);
  if (invoked) return [plain('lambda:InvokeFunction', arn('lambda', `function:${invoked}`))];
  const operation = /^\/service\/GraniteServiceVersion20100801\/operation\/(\w+)$/.exec(request.url)?.[1];
  // CloudWatch's metrics name no resource.
  if (operation) return [plain(`cloudwatch:${operation}`, '*')];
  if (request.url.startsWith('/20')) throw new Unknown(`${request.method} ${request.url}`);
  return s3Needs(request);
};

const plain = (action: string, resource: string): Need => ({ action, resource, context: {} });

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

const poolRequest = z.object({ UserPoolId: z.string() });
const queueRequest = z.object({ QueueUrl: z.string() });
/** By its ARN: an id alone would leave open whose key it is. */
const keyRequest = z.object({ KeyId: z.string().startsWith('arn:aws:kms:') });
const eventsRequest = z.object({ Entries: z.array(z.object({ EventBusName: z.string() })) });

/** Services whose requests name their operation in a header: `<service and version>.<operation>`. */
const targetNeeds = (target: string, request: SeenRequest): Need[] => {
  const [service, operation = ''] = target.split('.');
  const body: unknown = JSON.parse(request.body || '{}');
  switch (service) {
    case 'DynamoDB_20120810':
      return dynamodbNeeds(operation, body);
    case 'AWSCognitoIdentityProviderService': {
      const { UserPoolId } = poolRequest.parse(body);
      return [plain(`cognito-idp:${operation}`, arn('cognito-idp', `userpool/${UserPoolId}`))];
    }
    case 'AmazonSQS': {
      const queue = queueRequest.parse(body).QueueUrl.split('/').at(-1) ?? '';
      return [plain(`sqs:${operation.replace(/Batch$/, '')}`, arn('sqs', queue))];
    }
    case 'TrentService':
      // KMS, by the name it was built under.
      return [plain(`kms:${operation}`, keyRequest.parse(body).KeyId)];
    case 'AWSEvents': {
      if (operation !== 'PutEvents') break;
      const buses = eventsRequest.parse(body).Entries.map(({ EventBusName: bus }) => bus);
      return [...new Set(buses)].map((bus) =>
        plain('events:PutEvents', bus.startsWith('arn:') ? bus : arn('events', `event-bus/${bus}`)),
      );
    }
  }
  throw new Unknown(target);
};
