// Which URLs a webhook may have. What its name resolves to is looked at anew before each call.
import { DomainError } from '../../shared/kernel/errors.ts';
import { isPublicAddress } from './public-address.ts';

export const URL_LIMIT = 2048;
const ports: ReadonlySet<string> = new Set(['', '443', '8443']);

/** The host as an address, without the brackets that URLs put around IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** An address is written in digits; of IPv6 each has a colon. */
export const isAddress = (host: string): boolean => host.includes(':') || /^[\d.]+$/.test(host);

/**
 * @param privateHosts - hosts that may be called though they are not public, by any port and over http too: a stage's setting
 * @returns the URL as it is called. @throws DomainError validation_failed
 */
export const checkWebhookUrl = (text: string, privateHosts: readonly string[]): string => {
  const url = URL.parse(text);
  if (!url) throw refused('must be a URL');
  const host = hostOf(url);
  const ownRules = privateHosts.includes(host);
  if (url.protocol !== 'https:' && !(ownRules && url.protocol === 'http:'))
    throw refused(`must begin with https://, got ${url.protocol}`);
  // Whoever reads the list of webhooks would read them, and so would every proxy's log.
  if (url.username !== '' || url.password !== '')
    throw refused('must hold no user name and no password: verify the signature instead');
  if (url.hash !== '' || text.includes('#')) throw refused('must end before a #');
  if (ownRules) return url.href;
  if (!ports.has(url.port)) throw refused(`must have the port 443 or 8443, got ${url.port}`);
  if (isAddress(host) ? !isPublicAddress(host) : !host.includes('.'))
    throw refused('must lead to a host of the public internet');
  return url.href;
};

const refused = (detail: string) =>
  new DomainError('invalid', 'validation_failed', `'/url' ${detail}`, { errors: [{ pointer: '/url', detail }] });
