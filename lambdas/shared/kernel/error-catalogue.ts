// Every error code a caller can meet, with its status and its mend: the one source of docs/errors.md, of the OpenAPI file's
// error answers, and of error-titles.ts, which is all of it that functions carry. A code, once released, keeps its meaning.

import type { ErrorKind } from './error-kinds.ts';

export { type ErrorKind, errorKinds } from './error-kinds.ts';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** The same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** What the caller can do about it; printed in docs/errors.md. */
  readonly mend: string;
}

const entry = <K extends ErrorKind>(kind: K, title: string, mend: string) =>
  ({ kind, title, mend }) as const satisfies CatalogueEntry;

export const errorCatalogue = {
  // any route
  malformed_json: entry(
    'unreadable',
    'The body is not JSON',
    'Send one JSON value, encoded as UTF-8, whose objects name each member once.',
  ),
  malformed_request: entry('unreadable', 'The request cannot be read', 'Mend the part that the message names.'),
  unauthenticated: entry(
    'unauthenticated',
    'Sign-in is needed',
    'Send `Authorization: Bearer <access token or API key>`.',
  ),
  invalid_token: entry(
    'unauthenticated',
    'The access token is not accepted',
    'Sign in again, or refresh the token; send the access token, not the id token.',
  ),
  invalid_key: entry(
    'unauthenticated',
    'The API key is not accepted',
    'Check that the key was copied whole, and that it was neither revoked nor expired; `POST /v1/keys` makes a new one.',
  ),
  email_not_verified: entry(
    'forbidden',
    'The e-mail address is not verified',
    'Confirm the address with the code that was sent to it, then sign in again.',
  ),
  permission_denied: entry(
    'forbidden',
    'Not allowed',
    'Ask an owner or admin of the account for a role that allows this, or use a key with the scope that the message names.',
  ),
  operator_only: entry(
    'forbidden',
    'Only operators may do this',
    'The person who deployed the platform grants this with `npm run operator -- add <email>`.',
  ),
  route_not_found: entry('not_found', 'There is nothing at this path', 'See `GET /docs` for every path.'),
  method_not_allowed: entry(
    'method_not_allowed',
    'This path does not answer that method',
    'Use one of the methods in the `Allow` header.',
  ),
  body_too_large: entry('too_large', 'The body is too large', 'Stay under the size that the message names.'),
  unsupported_media_type: entry(
    'unsupported_media_type',
    'The content type is not accepted',
    'Send the content type that the message names.',
  ),
  validation_failed: entry('invalid', 'The request was understood, but is not valid', 'Mend each entry of `errors`.'),
  invalid_cursor: entry(
    'invalid',
    'The cursor is not one of ours',
    'Pass `next` of the previous page unchanged, with the same filters, or leave it out to begin anew.',
  ),
  idempotency_key_reused: entry(
    'invalid',
    'The idempotency key was used for another request',
    'Use a new key for each new request; repeat a request with the same key only if it is the same to the letter.',
  ),
  precondition_failed: entry(
    'precondition_failed',
    'The object has changed meanwhile',
    'Read it again and repeat the change with the new `ETag` in `If-Match`.',
  ),
  rate_limited: entry(
    'too_many',
    'Too many calls',
    'Wait the seconds in `Retry-After`. `RateLimit` in every answer tells what is left, so a program can slow down before; an operator may raise an account’s limits.',
  ),
  internal_error: entry(
    'internal',
    'Something failed on our side',
    'Try again; if it stays, tell the operator the `requestId`.',
  ),
  unavailable: entry(
    'unavailable',
    'Not available for the moment',
    'Try again after the seconds in `Retry-After`, with the same `Idempotency-Key`.',
  ),

  // accounts
  account_not_found: entry('not_found', 'No such account', 'Check the id; accounts you do not belong to look missing.'),
  handle_taken: entry('conflict', 'The handle is taken', 'Choose another handle.'),
  handle_already_set: entry(
    'conflict',
    'The account has a handle already',
    'A handle is part of its models’ names and stays as it is.',
  ),
  key_not_found: entry('not_found', 'No such API key', 'List the account’s keys with `GET /v1/keys`.'),
  key_limit_reached: entry('conflict', 'The account has too many keys', 'Revoke a key that is no longer used.'),

  // registry
  handle_required: entry(
    'conflict',
    'The account has no handle yet',
    'Set one with `PATCH /v1/account` `{"handle":"…"}`; it becomes the first part of your models’ names.',
  ),
  not_your_handle: entry(
    'forbidden',
    'The name belongs to another publisher',
    'Model names begin with the handle of your account: `<handle>.<model>`.',
  ),
  model_exists: entry(
    'conflict',
    'The model exists already',
    'Add a version to it, or choose another name: those of deleted models are not given again.',
  ),
  model_not_found: entry(
    'not_found',
    'No such model',
    'Check the name (`publisher.model`); private models of others look missing.',
  ),
  card_not_found: entry(
    'not_found',
    'The model has no card',
    'Its publisher writes one with `PUT /v1/models/{model}/card`.',
  ),
  card_invalid: entry(
    'invalid',
    'The model card breaks a rule',
    'Correct what `errors` name, line by line; “Describe the model” in docs/guides/publish.md says what a card may hold.',
  ),
  review_not_found: entry(
    'not_found',
    'No such review',
    '`GET /v1/models/{model}/reviews` lists what others wrote, `GET /v1/models/{model}/reviews/mine` tells your account’s own. One that an operator hid looks missing.',
  ),
  review_needs_use: entry(
    'forbidden',
    'Only who used the model reviews it',
    'Call it with `POST /v2/models/{model}/infer`; the call is known here a few minutes after. Of a model that lets in whom its publisher knows, a download counts too.',
  ),
  review_of_own_model: entry(
    'forbidden',
    'The model is the account’s own',
    'Reviews are others’ words. Answer them with `POST /v1/models/{model}/reviews/{review}/reply`; say yours in the model’s card.',
  ),
  reply_not_found: entry(
    'not_found',
    'The review has no reply',
    'Write one with `POST /v1/models/{model}/reviews/{review}/reply`.',
  ),
  review_hidden: entry(
    'conflict',
    'An operator hid the review',
    'Change what the reason names with `PUT /v1/models/{model}/reviews/mine`; it counts and can be deleted once an operator shows it again.',
  ),
  report_not_found: entry(
    'not_found',
    'No such report',
    'Check the id. A report is seen by the account that made it, and by operators.',
  ),
  report_resolved: entry(
    'conflict',
    'The report is resolved already',
    'A resolution stays. `hide`, `show`, `suspend` and `reinstate` below `/v1/admin/moderation/models/{model}` change what came of it.',
  ),
  model_suspended: entry(
    'forbidden',
    'The model is suspended',
    'An operator keeps it from being called; use another. Its publisher reads why in `GET /v1/models/{model}`, and writes to the operators.',
  ),
  file_not_found: entry(
    'not_found',
    'No such file',
    '`GET /v1/models/{model}/versions/{version}/files` lists the files of a version.',
  ),
  download_refused: entry(
    'forbidden',
    'The model is not for download',
    'Call it instead, or ask its publisher: a model is downloadable when its `downloads` is `allowed`.',
  ),
  version_exists: entry(
    'conflict',
    'The version exists already',
    'Choose the next number. A draft is announced again by naming the same file and `batchInput`.',
  ),
  version_not_found: entry(
    'not_found',
    'No such version',
    'List the versions with `GET /v1/models/{model}/versions`; a range must match a published version.',
  ),
  alias_not_found: entry('not_found', 'No such alias', '`latest` exists from the first published version on.'),
  alias_limit_reached: entry('conflict', 'The model has too many aliases', 'Delete one that nobody calls any more.'),
  alias_stays: entry(
    'conflict',
    'Alias `latest` cannot be deleted',
    'It is what a call without a version means: move it with `PUT /v1/models/{model}/aliases/latest`.',
  ),
  nothing_to_roll_back: entry(
    'conflict',
    'There is nothing to roll back to',
    'The alias named nothing else before whose versions can still be called: name the version with `PUT /v1/models/{model}/aliases/{alias}`.',
  ),
  upload_missing: entry(
    'conflict',
    'The file has not arrived',
    'Upload it to the address given when the version was made, then complete again.',
  ),
  upload_mismatch: entry(
    'conflict',
    'The uploaded file is not the one announced',
    'Upload exactly the bytes whose size and SHA-256 were announced, or make a new version.',
  ),
  version_state_forbids: entry(
    'conflict',
    'The version’s state does not allow this',
    'A version goes draft → scanning → validated → published → deprecated → retired (or rejected); docs/guides/publish.md says what each allows.',
  ),
  version_retired: entry(
    'conflict',
    'The version is retired',
    'It answers no more and never will. Go over to the successor that the message names, to a range (`^2`) or to `latest`.',
  ),
  notice_too_short: entry(
    'invalid',
    'The notice is too short',
    'A version that others may call goes on answering for 7 days at least, the last of its line until the periods of subscribers end; a date that was promised may be moved away, not nearer than that. A model stays private while a version of it ends sooner.',
  ),
  notice_required: entry(
    'conflict',
    'Others may be calling the version',
    'Deprecate it with a date: it is retired by itself when that has come.',
  ),
  successor_not_published: entry(
    'invalid',
    'The successor cannot be called',
    'Name a published version of the same model, or none.',
  ),
  version_in_use: entry(
    'conflict',
    'The version is still named by an alias',
    'Move the aliases that the message names to another version, then retire it.',
  ),
  breaking_change: entry(
    'conflict',
    'The new version would break callers of the old one',
    '`errors` names every difference. Publish the same file under the version number that the message names.',
  ),
  minor_version_required: entry(
    'conflict',
    'The new version adds to the old one',
    'A patch changes nothing that a caller can see in the signature. Publish the same file under the version number that the message names.',
  ),
  receipt_not_found: entry(
    'not_found',
    'There is no receipt',
    'A version has one once it is retired and its files were purged, a day later.',
  ),
  model_withdrawn: entry(
    'conflict',
    'The model was deleted',
    'Nothing of it changes any more, and its name is not given again. Make a model under another name.',
  ),
  confirmation_required: entry(
    'invalid',
    'The deletion is not confirmed',
    'Send `confirm` with the model’s name: what is deleted does not come back.',
  ),
  access_required: entry(
    'forbidden',
    'The publisher lets in whom it knows',
    'Ask with `POST /v1/models/{model}/access-requests` `{"reason":"…"}`; the publisher answers.',
  ),
  access_pending: entry(
    'forbidden',
    'The request for access waits for the publisher',
    'Wait for the decision: `GET /v1/models/{model}/access-requests` tells how it stands, and so do webhooks.',
  ),
  access_rejected: entry(
    'forbidden',
    'The publisher rejected the request for access',
    'The message has the publisher’s words. Ask again with another reason, or with the same one after a day.',
  ),
  access_revoked: entry(
    'forbidden',
    'The publisher ended the access',
    'The message has the publisher’s words. Ask again with `POST /v1/models/{model}/access-requests`.',
  ),
  access_not_needed: entry('conflict', 'No access need be asked for', 'Call the model: it is public, or your own.'),
  access_request_open: entry(
    'conflict',
    'There is a request for access already',
    'One at a time: `GET /v1/models/{model}/access-requests` tells how it stands.',
  ),
  access_request_too_soon: entry(
    'conflict',
    'The same request was refused a short while ago',
    'Give another reason, or wait until the time that the message names.',
  ),
  access_request_not_found: entry(
    'not_found',
    'No such request for access',
    'List them with `GET /v1/models/{model}/access-requests`; a request is named by the account that made it.',
  ),
  access_state_forbids: entry(
    'conflict',
    'The state of the request for access does not allow this',
    'Pending requests are approved or rejected, approved ones revoked, rejected and revoked ones approved; what the account declined waits for a request of its own.',
  ),
  share_not_found: entry(
    'not_found',
    'The model is not shared with that account',
    'List the shares with `GET /v1/models/{model}/shares`.',
  ),
  not_subscribed: entry(
    'forbidden',
    'The model needs a subscription',
    'Choose one of `GET /v1/models/{model}/offers` and take it with `POST /v1/subscriptions`.',
  ),
  quota_exceeded: entry(
    'payment_required',
    'The calls that the subscription includes are used up',
    'Wait for the next period, whose beginning the message names, or take another of `GET /v1/models/{model}/offers` once this one has ended.',
  ),
  already_subscribed: entry(
    'conflict',
    'The account has a subscription to the model',
    'One at a time: `POST /v1/subscriptions/{subscription}/cancel`, and take another once it has ended.',
  ),
  subscription_not_needed: entry('conflict', 'Nobody subscribes to its own model', 'Call it.'),
  subscription_not_found: entry('not_found', 'No such subscription', 'List them with `GET /v1/subscriptions`.'),
  subscription_state_forbids: entry(
    'conflict',
    'The state of the subscription does not allow this',
    'A subscription is cancelled at the end of its period; only trials and free ones end at once.',
  ),
  trial_used: entry(
    'conflict',
    'The trial was had',
    'An account has one trial of a model. Take another of its offers.',
  ),
  offer_not_found: entry('not_found', 'No such offer', 'List them with `GET /v1/models/{model}/offers`.'),
  offer_closed: entry('conflict', 'The offer is closed', 'Take another of `GET /v1/models/{model}/offers`.'),
  offer_kind_fixed: entry('conflict', 'An offer keeps its kind', 'Make a new offer, and close this one.'),
  offer_limit_reached: entry(
    'conflict',
    'The model has too many offers, or an offer too many versions',
    'Change or close those that there are.',
  ),
  terms_not_accepted: entry(
    'forbidden',
    'The terms of the model were not accepted',
    'Read them with `GET /v1/models/{model}/terms`, accept with `POST /v1/models/{model}/terms/accept`.',
  ),
  terms_not_found: entry(
    'not_found',
    'The model has no terms',
    'It is used by its licence alone; nothing need be accepted.',
  ),
  terms_version_exists: entry(
    'conflict',
    'That version of the terms says something else',
    'Accepted terms stay as they are: give the new text a new version.',
  ),
  terms_version_mismatch: entry(
    'conflict',
    'Those are not the present terms',
    'Read the present ones with `GET /v1/models/{model}/terms`, and accept that version.',
  ),
  examples_not_found: entry(
    'not_found',
    'The version has no examples',
    'It is not validated yet, retired, or answered nothing that was made from its signature. `GET /v2/models/{model}` tells what it takes.',
  ),
  manifest_not_found: entry(
    'not_found',
    'The version has no manifest',
    'It is signed once it is validated. A version that was published before there were manifests is signed within hours.',
  ),
  version_limit_reached: entry('conflict', 'The model has too many versions', 'Publish under a new model name.'),

  // inference
  model_not_ready: entry(
    'conflict',
    'The model cannot be called',
    'It has no published version yet, or all that it had are retired.',
  ),
  version_quarantined: entry(
    'conflict',
    'The version is quarantined',
    'Three of its runs ended their process or took too long within ten minutes, or a later scanner refuses it. Call another version; its publisher mends it with a new one, or releases it with `POST /v1/models/{model}/versions/{version}/release`.',
  ),
  manifest_invalid: entry(
    'internal',
    'The version is not what was signed',
    'It is not run, and the operator has been told. Call another version meanwhile; tell the operator the `requestId`.',
  ),
  alias_without_target: entry(
    'conflict',
    'The alias names no version that can be called',
    'All of its versions are retired or quarantined. Call another version; the publisher moves the alias with `PUT /v1/models/{model}/aliases/{alias}`.',
  ),
  signature_mismatch: entry(
    'unreadable',
    'The tensors do not fit the model’s signature',
    'Compare with `GET /v2/models/{model}`; the message names the tensor, what came and what is allowed.',
  ),
  malformed_tensor: entry(
    'unreadable',
    'A tensor cannot be read',
    'The message names the tensor and the byte or element at fault.',
  ),
  extension_not_served: entry(
    'unreadable',
    'That part of the protocol is not served',
    'The message says what stands in its place; `GET /v2` lists the extensions that are served.',
  ),
  unknown_output: entry('unreadable', 'The model has no such output', 'Ask only for outputs in the model’s metadata.'),
  model_failed: entry(
    'invalid',
    'The model failed on this input',
    'The model itself refused the input; the message is the runtime’s. Nothing was charged.',
  ),
  model_timeout: entry(
    'invalid',
    'The model took too long',
    'Send fewer rows a call, or ask the publisher for a lighter version. Its price is not charged; a compute fee is, where the operator has set one: the message and `x-aimass-price-micros` say how much.',
  ),
  output_too_large: entry(
    'too_large',
    'The answer would be too large',
    'Ask for fewer rows or fewer outputs a call. Nothing was charged.',
  ),

  // billing
  insufficient_funds: entry(
    'payment_required',
    'The balance does not cover the call',
    'Top up, or ask the operator for a grant; `GET /v1/balance` tells what is there.',
  ),
  price_above_limit: entry(
    'payment_required',
    'The call costs more than its caller allows',
    'The message tells the price, for which nothing was run: send a higher `x-aimass-max-price-micros`, fewer rows, or call another model.',
  ),
  idempotent_replays_used_up: entry(
    'conflict',
    'The answer was repeated as often as is free',
    'Send the request with a new `Idempotency-Key`; it is charged as a new call at the price in the message.',
  ),
  grant_limit_exceeded: entry('invalid', 'The grant is too large', 'Stay within the amount that the message names.'),

  // governance
  webhook_not_found: entry('not_found', 'No such webhook', 'List the account’s webhooks with `GET /v1/webhooks`.'),
  webhook_limit_reached: entry(
    'conflict',
    'The account has too many webhooks',
    'Delete one that is no longer used, or have one webhook told of more events.',
  ),
  webhook_disabled: entry(
    'conflict',
    'The webhook is disabled',
    'Mend its receiver, then enable it again with `PATCH /v1/webhooks/{webhook}` `{"enabled":true}`; `disabledReason` tells why it was.',
  ),
  delivery_not_found: entry(
    'not_found',
    'No such delivery',
    'List the webhook’s deliveries with `GET /v1/webhooks/{webhook}/deliveries`; they are kept for 30 days.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
export type KindOf<C extends ErrorCode> = (typeof errorCatalogue)[C]['kind'];
