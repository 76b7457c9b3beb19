// What the answers of a deprecated version say of it.
import type { PublishedVersion } from '../../registry/contract.ts';

type Noticed = Pick<PublishedVersion, 'model' | 'deprecation'>;

const none: Readonly<Record<string, string>> = {};

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and the successor's `Link` (RFC 5829); nothing of any other version. */
export const deprecationHeaders = ({ model, deprecation }: Noticed): Readonly<Record<string, string>> => {
  if (!deprecation) return none;
  const { sinceMs, sunsetAtMs, successor } = deprecation;
  return {
    deprecation: `@${Math.floor(sinceMs / 1000)}`,
    sunset: new Date(sunsetAtMs).toUTCString(),
    ...(successor === undefined
      ? {}
      : { link: `</v2/models/${model}/versions/${successor}>; rel="successor-version"` }),
  };
};
