// Who may take a model's files away, and which count as a download.
import { DomainError } from '../../shared/kernel/errors.ts';
import { parseRate } from '../../shared/kernel/money.ts';
import type { DownloadRule } from '../contract.ts';
import type { Model } from '../ports.ts';
import { isOwner } from './visibility.ts';

/**
 * What the publisher said; or else a free model may be downloaded and one that is sold by the call may not, because who
 * has the file needs no call any more.
 */
export const downloadsOf = ({ downloads, price }: Pick<Model, 'downloads' | 'price'>): DownloadRule => {
  if (downloads !== undefined) return downloads;
  return parseRate(price.perCallMicros) === 0n && parseRate(price.perRowMicros) === 0n ? 'allowed' : 'refused';
};

/** @param accountId - who sees the model; undefined: nobody signed in @throws DomainError download_refused */
export const requireDownload = (model: Model, accountId: string | undefined): void => {
  if (isOwner(model, accountId) || downloadsOf(model) === 'allowed') return;
  throw new DomainError(
    'forbidden',
    'download_refused',
    `the publisher of '${model.name}' does not give its files away; call it at /v2/models/${model.name}/infer`,
  );
};

/** Everyone who is not signed in is one. */
const NOBODY = 'anonymous';

/**
 * Who a download counts for: once a day (UTC) per account and version, however many of its files. All who are not signed
 * in count as one, so that nobody drives the number up, and no address need be kept. Publishers do not count for themselves.
 */
export const countedAs = (model: Model, accountId: string | undefined): string | undefined =>
  isOwner(model, accountId) ? undefined : (accountId ?? NOBODY);
