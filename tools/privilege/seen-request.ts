// A request to AWS as a proxy sees it: who signed it, what it names.

/** A request as a proxy saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of JSON requests all, of forms and invocations the beginning, of others nothing. */
  readonly body: string;
  readonly status: number;
}

/** An unsigned request stands under nobody's role. */
export type Signature = 'header' | 'query' | 'form' | 'none';

export const headerOf = ({ headers }: SeenRequest, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(',');
};

export const signatureOf = (request: SeenRequest): Signature => {
  if (headerOf(request, 'authorization')?.startsWith('AWS4-HMAC-SHA256 ')) return 'header';
  if (queryOf(request).has('X-Amz-Signature')) return 'query';
  if (isForm(request) && /name="x-amz-signature"/i.test(request.body)) return 'form';
  return 'none';
};

export const isForm = (request: SeenRequest): boolean =>
  headerOf(request, 'content-type')?.startsWith('multipart/form-data') === true;

export const queryOf = ({ url }: SeenRequest): URLSearchParams => new URL(url, 'http://aws').searchParams;

/** Which function an invocation calls, with its qualifier; undefined when the request is none. */
export const invokedBy = ({ url }: Pick<SeenRequest, 'url'>): string | undefined => {
  const { pathname, searchParams } = new URL(url, 'http://aws');
  const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(pathname)?.[1];
  if (name === undefined) return undefined;
  const qualifier = searchParams.get('Qualifier');
  return decodeURIComponent(name) + (qualifier ? `:${qualifier}` : '');
};
