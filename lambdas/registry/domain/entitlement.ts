// Whether an account may call a model or fetch its files, and if not, what is missing and which call mends it.
import type { ModelPrice } from '../../billing/contract.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Entitlement } from '../contract.ts';
import type { Access, Subscription } from '../ports/access.ts';
import type { Offer } from '../ports/subscriptions.ts';
import type { Model } from '../ports.ts';
import { hasAccepted, termsNotAccepted } from './access.ts';
import { askCall, lookCall, subscribeCalls } from './mending-calls.ts';
import { versionInPeriod } from './offer.ts';
import { isRunning, periodOf } from './subscription.ts';
import { isOwner, noModel } from './visibility.ts';

/** Whether it depends on what is kept of the account and the model; else nothing need be read. */
export const needsAccess = (model: Model, accountId: string | undefined): boolean =>
  !isOwner(model, accountId) &&
  (model.visibility !== 'public' ||
    model.terms !== undefined ||
    model.hasOffers === true ||
    !!model.requiresSubscription);

/** Whether what is kept opens the model to who is not its owner. */
export const isEntitled = (model: Model, access: Access | undefined, nowMs: number): boolean =>
  isRunning(access?.subscription, nowMs)
    ? keepsTerms(model, access, access.subscription, nowMs)
    : hasAccepted(model, access) &&
      !model.requiresSubscription &&
      (model.visibility === 'public' || isAdmitted(access));

/** Terms that were set within a subscription's period are asked for from its next one on: else they would cut it off at once. */
const keepsTerms = (model: Model, access: Access | undefined, subscription: Subscription, nowMs: number): boolean =>
  hasAccepted(model, access) || (model.terms?.setAtMs ?? 0) >= periodOf(subscription, nowMs).startMs;

const isAdmitted = (access: Access | undefined) => access?.grant?.state === 'approved';

/** An account that asks to use a model, and what is kept of both. */
export interface Asker {
  readonly accountId: string | undefined;
  /** undefined: nothing is kept, or it was not needed. */
  readonly access: Access | undefined;
  /** The offer of a subscription that runs. */
  readonly offer: Offer | undefined;
  readonly nowMs: number;
}

/** By what right a model is used, and what its use costs. */
export interface Right {
  readonly entitlement: Entitlement;
  readonly price: ModelPrice;
}

/**
 * Whether the account may use the model.
 * @throws DomainError model_not_found, unauthenticated, access_required, access_pending, access_rejected, access_revoked,
 *   not_subscribed, terms_not_accepted
 */
export const checkUse = (model: Model, { accountId, access, nowMs }: Omit<Asker, 'offer'>): void => {
  if (isOwner(model, accountId)) return;
  const subscription = access?.subscription;
  // What was subscribed to is there until its period ends, whatever the publisher changes meanwhile.
  if (isRunning(subscription, nowMs)) {
    if (!keepsTerms(model, access, subscription, nowMs)) throw termsNotAccepted(model);
    return;
  }
  if (model.withdrawal) throw noModel(model.name);
  checkAdmission(model, accountId, access);
  if (model.requiresSubscription) throw notSubscribed(model, accountId, subscription);
};

/** By what right the account uses the model, and at what price. @throws DomainError as above */
export const entitlementOf = (model: Model, asker: Asker): Right => {
  checkUse(model, asker);
  const { accountId, access, offer, nowMs } = asker;
  const { price } = model;
  if (isOwner(model, accountId)) return { entitlement: { kind: 'own' }, price };
  if (isRunning(access?.subscription, nowMs)) {
    if (!offer) throw new Error(`the offer of a subscription must be there: ${access.subscription.offerId}`);
    return subscribed(access.subscription, offer, nowMs);
  }
  const via = access?.grant?.via === 'share' ? 'shared' : 'approved';
  return { entitlement: { kind: isAdmitted(access) ? via : 'public' }, price };
};

/** What is asked of everybody, subscribed or not. @throws DomainError as above, but not_subscribed */
export const checkAdmission = (model: Model, accountId: string | undefined, access: Access | undefined): void => {
  const admitted = isAdmitted(access);
  if (model.visibility === 'private' && !admitted) throw noModel(model.name);
  if (model.visibility === 'gated' && !admitted) throw notAdmitted(model, accountId, access);
  checkTerms(model, accountId, access);
};

const checkTerms = (model: Model, accountId: string | undefined, access: Access | undefined) => {
  if (hasAccepted(model, access)) return;
  throw accountId === undefined ? signInFirst(model, 'accept its terms') : termsNotAccepted(model);
};

const subscribed = (subscription: Subscription, offer: Offer, nowMs: number): Right => {
  const { subscriptionId, offerId } = subscription;
  const period = periodOf(subscription, nowMs);
  const held = versionInPeriod(offer, subscription.offerVersion, period.startMs);
  const { version, includedCalls, hardStop } = held;
  const entitlement = { kind: 'subscribed', subscriptionId, offerId, offerVersion: version } as const;
  const price = { perCallMicros: held.perCallMicros, perRowMicros: held.perRowMicros, version };
  if (includedCalls === undefined) return { entitlement, price };
  const { startMs: periodStartMs, endMs: periodEndMs } = period;
  const beyond = hardStop ? undefined : price;
  const quota = { subscriptionId, periodStartMs, periodEndMs, includedCalls, beyond };
  return { entitlement: { ...entitlement, quota }, price: { perCallMicros: '0', perRowMicros: '0', version } };
};

const notSubscribed = ({ name }: Model, accountId: string | undefined, before: Subscription | undefined) => {
  const links = subscribeCalls(name);
  const how = `take one of its offers, GET /v1/models/${name}/offers, with POST /v1/subscriptions`;
  if (accountId === undefined) {
    return new DomainError(
      'unauthenticated',
      'unauthenticated',
      `'${name}' needs a subscription: sign in, then ${how}`,
      { links },
    );
  }
  const ended = before ? ', and the account’s has ended' : '';
  return new DomainError('forbidden', 'not_subscribed', `'${name}' needs a subscription${ended}: ${how}`, { links });
};

const signInFirst = ({ name }: Model, then: string) =>
  new DomainError('unauthenticated', 'unauthenticated', `'${name}' is not open to everybody: sign in, then ${then}`, {
    links: [askCall(name)],
  });

const notAdmitted = (model: Model, accountId: string | undefined, access: Access | undefined): DomainError => {
  const { name } = model;
  if (accountId === undefined) return signInFirst(model, `ask for access with POST /v1/models/${name}/access-requests`);
  const said = access?.grant?.message === undefined ? '' : `: ${access.grant.message}`;
  const ask = { links: [askCall(name)] };
  switch (access?.grant?.state) {
    case 'pending':
      return new DomainError(
        'forbidden',
        'access_pending',
        `the request for access to '${name}' waits for its publisher since ${new Date(access.grant.requestedAtMs ?? access.updatedAtMs).toISOString()}`,
        { links: [lookCall(name)] },
      );
    case 'rejected':
      return new DomainError(
        'forbidden',
        'access_rejected',
        `the publisher of '${name}' rejected the request for access${said}`,
        ask,
      );
    case 'revoked':
      return new DomainError(
        'forbidden',
        'access_revoked',
        `the publisher of '${name}' ended the account's access${said}`,
        ask,
      );
    default:
      return new DomainError(
        'forbidden',
        'access_required',
        `'${name}' is gated: ask its publisher for access with POST /v1/models/${name}/access-requests`,
        ask,
      );
  }
};
