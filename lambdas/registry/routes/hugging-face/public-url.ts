// A request's own address, as its caller wrote it: the Hub's clients follow absolute links only.
import { VIEWER_HOST_HEADER } from '../../../shared/platform/origin.ts';

const hostPattern = /^[A-Za-z0-9.[\]:-]{1,255}$/;

/**
 * Behind CloudFront, or another proxy, `Host` is the proxy's word for us. What a caller forges here leads nobody but the
 * caller astray.
 * @param headers - names in lower case
 */
export const publicUrl = (
  headers: Readonly<Record<string, string>>,
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string => {
  const viewerHost = headers[VIEWER_HOST_HEADER];
  const host = viewerHost ?? headers['x-forwarded-host'] ?? headers.host ?? '';
  const plain = viewerHost === undefined && headers['x-forwarded-proto'] === 'http';
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  // Without a host that can be one, the link is relative: right for whoever resolves it.
  const origin = hostPattern.test(host) ? `${plain ? 'http' : 'https'}://${host}` : '';
  return `${origin}${path}?${search}`;
};
