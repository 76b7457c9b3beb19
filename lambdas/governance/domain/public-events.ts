// What webhooks are told of, by which name. The contexts' events are for contexts; their public names are `noun.verb`,
// made from the event's own name, so that an event that is new reaches whoever asked for all of its noun, or for all.

interface PublicEvent {
  readonly type: string;
  /** Printed in the API reference. */
  readonly what: string;
}

/** What can be asked for by name. An event that is missing here still reaches `*` and `noun.*`. */
export const publicEvents = [
  { type: 'account.created', what: 'the account was made' },
  { type: 'account.deleted', what: 'the account was deleted' },
  { type: 'model.created', what: 'a model was made' },
  { type: 'model.changed', what: 'what others see of a model changed' },
  { type: 'model_card.changed', what: 'a model’s card was written' },
  { type: 'model.published', what: 'a version was published' },
  { type: 'model.shared', what: 'a model was shared with an account (told to both)' },
  { type: 'model.deleted', what: 'a model was deleted' },
  { type: 'model.suspended', what: 'an operator keeps a model from being called' },
  { type: 'model.reinstated', what: 'a suspended model may be called again' },
  { type: 'version.created', what: 'a version was announced' },
  { type: 'version.uploaded', what: 'a version’s files have arrived and are being scanned' },
  { type: 'version.validated', what: 'a version may be published' },
  { type: 'version.rejected', what: 'a version was refused by a rule' },
  { type: 'version.quarantined', what: 'runs of a version failed, and it is not called any more' },
  { type: 'version.blocked', what: 'a later scanner refuses a published version, and it is not called any more' },
  { type: 'version.released', what: 'a quarantined version may be called again' },
  { type: 'version.deprecated', what: 'a version is to be retired, and when' },
  { type: 'version.undeprecated', what: 'a deprecated version stays after all' },
  { type: 'version.retired', what: 'a version is not called any more' },
  { type: 'version.purged', what: 'a retired version’s files were deleted' },
  { type: 'alias.changed', what: 'an alias was made, or shares its callers out otherwise' },
  { type: 'alias.moved', what: 'an alias names another version' },
  { type: 'alias.deleted', what: 'an alias was deleted' },
  {
    type: 'access.requested',
    what: 'access to a gated model was asked for (told to both sides, as are the next four)',
  },
  { type: 'access.approved', what: 'it was given' },
  { type: 'access.rejected', what: 'it was refused' },
  { type: 'access.revoked', what: 'it was taken back' },
  { type: 'access.declined', what: 'the account wants none, or none any more' },
  { type: 'terms.accepted', what: 'a model’s terms were accepted (told to both sides)' },
  { type: 'offer.created', what: 'a model is offered on new terms' },
  { type: 'offer.changed', what: 'an offer changed' },
  { type: 'offer.closed', what: 'an offer takes no more subscribers' },
  { type: 'subscription.started', what: 'a model was subscribed to' },
  { type: 'subscription.canceled', what: 'a subscription ends with its period' },
  { type: 'subscription.ended', what: 'a subscription ended' },
  { type: 'review.posted', what: 'a model was reviewed' },
  { type: 'review.changed', what: 'a review was changed' },
  { type: 'review.deleted', what: 'a review was deleted by who wrote it' },
  { type: 'review.replied', what: 'the publisher answered a review, or took the answer back (told to both sides)' },
  { type: 'review.removed', what: 'an operator hid a review (told to both sides)' },
  { type: 'review.restored', what: 'a hidden review is shown again (told to both sides)' },
  { type: 'report.filed', what: 'the account reported abuse' },
  { type: 'report.resolved', what: 'the account’s report of abuse was resolved' },
] as const satisfies readonly PublicEvent[];

/** Sent on request alone, to one webhook. */
export const TEST_TYPE = 'webhook.test';

/** Between contexts alone: figures on their way, which say nothing to a person. */
const internal: ReadonlySet<string> = new Set(['ModelStatsChanged', 'UsageSealed']);

/** Where the public word is another than the event's. */
const renamed: Readonly<Record<string, string>> = { VersionCompleted: 'version.uploaded' };

/**
 * @param detailType - like `VersionValidated.v1`
 * @returns like `version.validated`; undefined for what is told to no webhook
 */
export const publicTypeOf = (detailType: string): string | undefined => {
  const name = /^((?:[A-Z][a-z0-9]*){2,})\.v\d+$/.exec(detailType)?.[1];
  if (name === undefined || internal.has(name)) return undefined;
  const words = (name.match(/[A-Z][a-z0-9]*/g) ?? []).map((word) => word.toLowerCase());
  return renamed[name] ?? `${words.slice(0, -1).join('_')}.${words.at(-1)}`;
};

const nounOf = (type: string) => type.slice(0, type.indexOf('.'));

/** All that a webhook may ask for. */
export const subscribable: readonly string[] = [
  '*',
  ...new Set(publicEvents.map(({ type }) => `${nounOf(type)}.*`)),
  ...publicEvents.map(({ type }) => type),
];

/** Whether a webhook that asked for `events` is told of the type. */
export const wants = (events: readonly string[], type: string): boolean =>
  events.some((one) => one === '*' || one === type || one === `${nounOf(type)}.*`);
