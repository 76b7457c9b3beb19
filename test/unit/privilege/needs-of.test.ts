// What a request asks of IAM.
import { describe, expect, it } from 'vitest';
import { needsOf } from '../../../tools/privilege/needs-of.ts';
import { invokedBy, type SeenRequest, signatureOf } from '../../../tools/privilege/seen-request.ts';

const seen = (more: Partial<SeenRequest>): SeenRequest => ({
  method: 'GET',
  url: '/',
  headers: {},
  body: '',
  status: 200,
  ...more,
});

const toTarget = (target: string, body: object) =>
  needsOf(seen({ method: 'POST', headers: { 'x-amz-target': target }, body: JSON.stringify(body) }));
const dynamodb = (operation: string, body: object) =>
  toTarget(`DynamoDB_20120810.${operation}`, body).map(({ action, resource, context }) => [
    action.replace('dynamodb:', ''),
    resource.replace('arn:aws:dynamodb:us-east-1:000000000000:table/', ''),
    context['dynamodb:LeadingKeys'],
  ]);
const s3 = (method: string, url: string, more: Partial<SeenRequest> = {}) =>
  needsOf(seen({ method, url, ...more })).map(({ action, resource }) => [
    action.replace('s3:', ''),
    resource.replace('arn:aws:s3:::', ''),
  ]);

const pk = (key: string) => ({ pk: { S: key }, sk: { S: 'x' } });

describe('DynamoDB', () => {
  it.each(['GetItem', 'UpdateItem', 'DeleteItem'])('%s names the partition of its key', (operation) => {
    expect(dynamodb(operation, { TableName: 't', Key: pk('acc_1') })).toEqual([[operation, 't', ['acc_1']]]);
  });

  it('PutItem names the partition of its item', () => {
    expect(dynamodb('PutItem', { TableName: 't', Item: pk('acc_1') })).toEqual([['PutItem', 't', ['acc_1']]]);
  });

  it('asks for each item of a transaction as what it does', () => {
    const TransactItems = [
      { Put: { TableName: 't', Item: pk('a') } },
      { Update: { TableName: 't', Key: pk('b') } },
      { Delete: { TableName: 'u', Key: pk('c') } },
      { ConditionCheck: { TableName: 't', Key: pk('d') } },
    ];
    expect(dynamodb('TransactWriteItems', { TransactItems })).toEqual([
      ['PutItem', 't', ['a']],
      ['UpdateItem', 't', ['b']],
      ['DeleteItem', 'u', ['c']],
      ['ConditionCheckItem', 't', ['d']],
    ]);
    expect(dynamodb('TransactGetItems', { TransactItems: [{ Get: { TableName: 't', Key: pk('a') } }] })).toEqual([
      ['GetItem', 't', ['a']],
    ]);
  });

  it('asks for a batch once a table, with all its partitions', () => {
    const RequestItems = {
      t: [{ PutRequest: { Item: pk('a') } }, { DeleteRequest: { Key: pk('b') } }, { DeleteRequest: { Key: pk('b') } }],
    };
    expect(dynamodb('BatchWriteItem', { RequestItems })).toEqual([['BatchWriteItem', 't', ['a', 'b']]]);
    expect(dynamodb('BatchGetItem', { RequestItems: { t: { Keys: [pk('a')] } } })).toEqual([
      ['BatchGetItem', 't', ['a']],
    ]);
  });

  it('Scan names none, and is of a table alone', () => {
    expect(dynamodb('Scan', { TableName: 't', FilterExpression: 'begins_with(pk, :a)' })).toEqual([
      ['Scan', 't', undefined],
    ]);
    expect(() => dynamodb('Scan', { TableName: 't', IndexName: 'gsi1' })).toThrow();
  });

  it('Query names the partition of the table or of the index, by name or by placeholder', () => {
    const query = (KeyConditionExpression: string, more: object = {}) =>
      dynamodb('Query', {
        TableName: 't',
        KeyConditionExpression,
        ExpressionAttributeValues: { ':pk': { S: 'a' }, ':sk': { S: 'b' } },
        ...more,
      });
    expect(query('pk = :pk AND sk = :sk')).toEqual([['Query', 't', ['a']]]);
    expect(query('sk = :sk AND #p = :pk', { ExpressionAttributeNames: { '#p': 'pk' } })).toEqual([
      ['Query', 't', ['a']],
    ]);
    expect(query('gsi1pk = :pk', { IndexName: 'gsi1' })).toEqual([['Query', 't/index/gsi1', ['a']]]);
    expect(() => query('pk = :pk', { IndexName: 'gsi1' })).toThrow('without a partition key');
  });

  it.each(['ExecuteStatement', 'DescribeTable'])('%s is not known', (operation) => {
    expect(() => dynamodb(operation, { TableName: 't' })).toThrow(operation);
  });
});

describe('S3', () => {
  it.each<[string, string, [string, string][]]>([
    ['GET', '/b/k/x%20y?x-id=GetObject', [['GetObject', 'b/k/x y']]],
    ['GET', '/b/k?versionId=7', [['GetObjectVersion', 'b/k']]],
    ['HEAD', '/b/k', [['GetObject', 'b/k']]],
    ['PUT', '/b/k', [['PutObject', 'b/k']]],
    ['POST', '/b/k?uploads', [['PutObject', 'b/k']]],
    ['PUT', '/b/k?partNumber=1&uploadId=u', [['PutObject', 'b/k']]],
    ['POST', '/b/k?uploadId=u', [['PutObject', 'b/k']]],
    ['DELETE', '/b/k?uploadId=u', [['AbortMultipartUpload', 'b/k']]],
    ['GET', '/b/k?uploadId=u', [['ListMultipartUploadParts', 'b/k']]],
    ['DELETE', '/b/k', [['DeleteObject', 'b/k']]],
    ['DELETE', '/b/k?versionId=7', [['DeleteObjectVersion', 'b/k']]],
    ['GET', '/b?list-type=2&prefix=p', [['ListBucket', 'b']]],
    ['GET', '/b/?versions', [['ListBucketVersions', 'b']]],
    ['HEAD', '/b', [['ListBucket', 'b']]],
  ])('%s %s', (method, url, needs) => {
    expect(s3(method, url)).toEqual(needs);
  });

  it('a copy also reads its source, at the version that it names', () => {
    expect(s3('PUT', '/b/k', { headers: { 'x-amz-copy-source': 'from/a%20b' } })).toEqual([
      ['PutObject', 'b/k'],
      ['GetObject', 'from/a b'],
    ]);
    expect(s3('PUT', '/b/k', { headers: { 'x-amz-copy-source': '/from/a?versionId=3' } })[1]).toEqual([
      'GetObjectVersion',
      'from/a',
    ]);
  });

  it('to be told that there is no such object takes the bucket’s permission too', () => {
    expect(s3('HEAD', '/b/k', { status: 404 })).toEqual([
      ['GetObject', 'b/k'],
      ['ListBucket', 'b'],
    ]);
  });

  it('a form puts the object that its field names', () => {
    const body = '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nuploads/a\r\n--x\r\n';
    expect(s3('POST', '/b', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body })).toEqual([
      ['PutObject', 'b/uploads/a'],
    ]);
  });

  it('finds the bucket in the host', () => {
    expect(s3('GET', '/k', { headers: { host: 'b.s3.us-east-1.amazonaws.com' } })).toEqual([['GetObject', 'b/k']]);
  });

  it('tells the prefix that is listed', () => {
    expect(needsOf(seen({ url: '/b?list-type=2&prefix=p/' }))[0]?.context).toEqual({ 's3:prefix': 'p/' });
  });

  it.each([
    ['GET', '/b/k?tagging', {}],
    ['PUT', '/b/k', { 'x-amz-acl': 'public-read' }],
    ['PUT', '/b/k', { 'x-amz-tagging': 'a=b' }],
    ['PUT', '/b', {}],
    ['GET', '/', {}],
  ])('%s %s %o is not known', (method, url, headers) => {
    expect(() => s3(method, url, { headers })).toThrow('S3');
  });
});

describe('other services', () => {
  it('an invocation names its function, and its alias when it calls one', () => {
    const url = '/2015-03-31/functions/f/invocations';
    expect(needsOf(seen({ method: 'POST', url }))).toMatchObject([
      { action: 'lambda:InvokeFunction', resource: 'arn:aws:lambda:us-east-1:000000000000:function:f' },
    ]);
    expect(invokedBy({ url: '/2015-03-31/functions/f%3Alive/invocations' })).toBe('f:live');
    expect(invokedBy({ url: `${url}?Qualifier=live` })).toBe('f:live');
  });

  it('events, people, queues and metrics', () => {
    const first = (target: string, body: object) => {
      const [need] = toTarget(target, body);
      return [need?.action, need?.resource.split(':').slice(5).join(':')];
    };
    expect(first('AWSEvents.PutEvents', { Entries: [{ EventBusName: 'bus' }] })).toEqual([
      'events:PutEvents',
      'event-bus/bus',
    ]);
    expect(first('AWSCognitoIdentityProviderService.AdminGetUser', { UserPoolId: 'p' })).toEqual([
      'cognito-idp:AdminGetUser',
      'userpool/p',
    ]);
    expect(first('AmazonSQS.SendMessageBatch', { QueueUrl: 'http://x/0/q' })).toEqual(['sqs:SendMessage', 'q']);
    const url = '/service/GraniteServiceVersion20100801/operation/PutMetricData';
    expect(needsOf(seen({ method: 'POST', url }))).toEqual([
      { action: 'cloudwatch:PutMetricData', resource: '*', context: {} },
    ]);
  });

  it('that are not known are refused', () => {
    expect(() => toTarget('AWSStepFunctions.StartExecution', {})).toThrow('StartExecution');
    expect(() => needsOf(seen({ url: '/2015-03-31/functions/f' }))).toThrow('functions/f');
  });
});

it('tells who signed: a header, an address, a form, or nobody', () => {
  const form = { 'content-type': 'multipart/form-data; boundary=x' };
  expect(signatureOf(seen({ headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } }))).toBe('header');
  expect(signatureOf(seen({ url: '/b/k?X-Amz-Signature=0' }))).toBe('query');
  expect(signatureOf(seen({ headers: form, body: 'name="X-Amz-Signature"' }))).toBe('form');
  expect(signatureOf(seen({ headers: form }))).toBe('none');
  expect(signatureOf(seen({ headers: { authorization: 'Bearer x' } }))).toBe('none');
});
