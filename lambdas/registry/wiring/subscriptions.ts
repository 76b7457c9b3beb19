// The use cases of api/subscriptions.ts, over the registry's stores.
import type { UseCases } from '../../shared/platform/route.ts';
import type { subscriptionRoutes } from '../api/subscriptions.ts';
import {
  changeOffer,
  closeOffer,
  countSubscribers,
  createOffer,
  getOffer,
  listOffers,
  type OfferPorts,
} from '../routes/offers.ts';
import {
  cancelSubscription,
  getSubscription,
  listSubscriptions,
  type SubscriptionPorts,
  subscribe,
} from '../routes/subscriptions.ts';

export const subscriptionUseCases = (ports: OfferPorts & SubscriptionPorts): UseCases<typeof subscriptionRoutes> => ({
  createOffer: createOffer(ports),
  listOffers: listOffers(ports),
  getOffer: getOffer(ports),
  closeOffer: closeOffer(ports),
  changeOffer: changeOffer(ports),
  countSubscribers: countSubscribers(ports),
  subscribe: subscribe(ports),
  listSubscriptions: listSubscriptions(ports),
  getSubscription: getSubscription(ports),
  cancelSubscription: cancelSubscription(ports),
});
