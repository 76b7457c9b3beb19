// S3's requests as permissions: verb, path and query say what is done. A query or header that asks for another permission
// than those known here is refused.
import { type Need, Unknown } from './need.ts';
import { headerOf, isForm, queryOf, type SeenRequest } from './seen-request.ts';

/** Say nothing of what is done. */
const harmless =
  /^(x-amz-|x-id$|response-|encoding-type$|delimiter$|max-keys$|max-uploads$|continuation-token$|start-after$|fetch-owner$|key-marker$|version-id-marker$|upload-id-marker$|max-parts$|part-number-marker$)/i;
const understood: ReadonlySet<string> = new Set([
  'versionId',
  'uploads',
  'uploadId',
  'partNumber',
  'list-type',
  'prefix',
  'versions',
]);
/** Ask for permissions of their own (PutObjectAcl, PutObjectTagging, PutObjectRetention …). */
const refusedHeader = /^x-amz-(acl|grant-|tagging|object-lock-)/;

interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** Path style, or the bucket in the host. */
const placeOf = (request: SeenRequest): Place => {
  const path = decodeURIComponent(new URL(request.url, 'http://aws').pathname).slice(1);
  const bucket = /^(.+)\.s3[.-]/.exec(headerOf(request, 'host') ?? '')?.[1];
  if (bucket !== undefined) return { bucket, key: path };
  const slash = path.indexOf('/');
  return slash < 0 ? { bucket: path, key: '' } : { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
};

const onObject = (action: string, { bucket, key }: Place): Need => ({
  action: `s3:${action}`,
  resource: `arn:aws:s3:::${bucket}/${key}`,
  context: {},
});

const onBucket = (action: string, { bucket }: Place, prefix?: string): Need => ({
  action: `s3:${action}`,
  resource: `arn:aws:s3:::${bucket}`,
  context: prefix === undefined ? {} : { 's3:prefix': prefix },
});

const reading = (place: Place, versionId: string | null): Need =>
  onObject(versionId === null ? 'GetObject' : 'GetObjectVersion', place);

/** What a copy reads: `bucket/key?versionId=…`, percent-encoded. */
const copySource = (request: SeenRequest): Need[] => {
  const source = headerOf(request, 'x-amz-copy-source');
  if (source === undefined) return [];
  const url = source.startsWith('/') ? source : `/${source}`;
  const from: SeenRequest = { method: 'GET', url, headers: {}, body: '', status: 200 };
  return [reading(placeOf(from), queryOf(from).get('versionId'))];
};

const bucketNeeds = (request: SeenRequest, place: Place, query: URLSearchParams): Need[] => {
  const prefix = query.get('prefix') ?? undefined;
  if (request.method === 'HEAD') return [onBucket('ListBucket', place)];
  if (request.method === 'GET' && query.has('uploads')) return [onBucket('ListBucketMultipartUploads', place, prefix)];
  if (request.method === 'GET' && query.has('versions')) return [onBucket('ListBucketVersions', place, prefix)];
  if (request.method === 'GET') return [onBucket('ListBucket', place, prefix)];
  if (request.method === 'POST' && isForm(request)) {
    const key = /name="key"[^\r]*\r\n\r\n([^\r]*)\r\n/.exec(request.body)?.[1];
    if (key !== undefined) return [onObject('PutObject', { ...place, key })];
  }
  throw new Unknown(`S3 ${request.method} of a bucket: ${request.url}`);
};

const objectNeeds = (request: SeenRequest, place: Place, query: URLSearchParams): Need[] => {
  const { method } = request;
  const versionId = query.get('versionId');
  if (query.has('uploadId')) {
    if (method === 'GET') return [onObject('ListMultipartUploadParts', place)];
    if (method === 'DELETE') return [onObject('AbortMultipartUpload', place)];
  }
  if (method === 'GET' || method === 'HEAD') {
    // Who may not list is told 403 instead of 404: to be told that there is none takes the bucket's permission, too.
    const absent = request.status === 404 ? [onBucket('ListBucket', place)] : [];
    return [reading(place, versionId), ...absent];
  }
  if (method === 'PUT' || (method === 'POST' && (query.has('uploads') || query.has('uploadId')))) {
    return [onObject('PutObject', place), ...copySource(request)];
  }
  if (method === 'DELETE') return [onObject(versionId === null ? 'DeleteObject' : 'DeleteObjectVersion', place)];
  throw new Unknown(`S3 ${method} of an object: ${request.url}`);
};

/** @throws Unknown */
export const s3Needs = (request: SeenRequest): Need[] => {
  const query = queryOf(request);
  const strange = [
    ...[...query.keys()].filter((name) => !harmless.test(name) && !understood.has(name)),
    ...Object.keys(request.headers).filter((name) => refusedHeader.test(name)),
  ];
  const place = placeOf(request);
  if (strange.length > 0 || !place.bucket) throw new Unknown(`S3 ${request.method} ${request.url} (${strange})`);
  return place.key === '' ? bucketNeeds(request, place, query) : objectNeeds(request, place, query);
};
