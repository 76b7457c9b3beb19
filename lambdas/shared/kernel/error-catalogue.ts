// Every error code a caller can meet, with its status and its mend: the one source of docs/errors.md and of the
// OpenAPI file's error answers. A code, once released, keeps its meaning.

/** What went wrong, seen from the caller: each kind is one HTTP status. */
export const errorKinds = {
  unreadable: 400,
  unauthenticated: 401,
  payment_required: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  invalid: 422,
  too_many: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorKind = keyof typeof errorKinds;

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
  malformed_json: entry('unreadable', 'The body is not JSON', 'Send one JSON value, encoded as UTF-8.'),
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
  model_exists: entry('conflict', 'The model exists already', 'Add a version to it, or choose another name.'),
  model_not_found: entry(
    'not_found',
    'No such model',
    'Check the name (`publisher.model`); private models of others look missing.',
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
    'A version goes draft → scanning → validated → published (or rejected); docs/guides/publish.md says what each allows.',
  ),
  version_limit_reached: entry('conflict', 'The model has too many versions', 'Publish under a new model name.'),

  // inference
  model_not_ready: entry('conflict', 'The model cannot be called', 'It has no published version yet.'),
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
  unknown_output: entry('unreadable', 'The model has no such output', 'Ask only for outputs in the model’s metadata.'),
  model_failed: entry(
    'invalid',
    'The model failed on this input',
    'The model itself refused the input; the message is the runtime’s. Nothing was charged.',
  ),
  model_timeout: entry(
    'invalid',
    'The model took too long',
    'Send fewer rows a call, or ask the publisher for a lighter version.',
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
  idempotent_replays_used_up: entry(
    'conflict',
    'The answer was repeated as often as is free',
    'Send the request with a new `Idempotency-Key`; it is charged as a new call at the price in the message.',
  ),
  grant_limit_exceeded: entry('invalid', 'The grant is too large', 'Stay within the amount that the message names.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
export type KindOf<C extends ErrorCode> = (typeof errorCatalogue)[C]['kind'];
