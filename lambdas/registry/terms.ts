// The registry's names and bounds.

/** Where onnxruntime runs versions, by their measured envelope. */
export const lanes = ['run-2gib', 'run-10gib'] as const;
export type Lane = (typeof lanes)[number];

/** What is made of an artifact: `flat` for the TypeScript executor, `ort` for a fast load by onnxruntime. */
export const productKinds = ['flat', 'ort'] as const;

/** The file of a version that is run. */
export const MODEL_FILE = 'model.onnx';
/** Up to here a file is one POST; above, parts. */
export const FORM_LIMIT_BYTES = 64 * 1_048_576;
export const FILE_LIMIT_BYTES = 1024 * 1_048_576;
export const EXAMPLE_COUNT_LIMIT = 16;
/** Of the file of examples, and of all answers as they are told. */
export const EXAMPLES_LIMIT_BYTES = 262_144;
/** Files of a version, and what all of them together may have. */
export const FILE_COUNT_LIMIT = 64;
export const BUNDLE_LIMIT_BYTES = FILE_LIMIT_BYTES;
/** A text that belongs to a model, and one that is parsed. */
export const TEXT_LIMIT_BYTES = 64 * 1_048_576;
export const JSON_LIMIT_BYTES = 32 * 1_048_576;
/** Example inputs, beside the model. */
export const EXAMPLES_FILE = 'examples.json';
/** Most versions a model may have. */
export const VERSION_LIMIT = 1000;

export const versionStates = [
  'draft',
  'scanning',
  'validated',
  'rejected',
  'published',
  'deprecated',
  'retired',
] as const;
export type VersionState = (typeof versionStates)[number];

/** What is told besides: a published version that may not be called. Kept apart from the version, which never changes. */
export const toldStates = [...versionStates, 'quarantined'] as const;

/** What a version is retired by: its publisher's word, the end of its notice, the withdrawal of its model. */
export const retirementRules = ['publisher', 'sunset', 'withdrawal'] as const;

/** `gated`: seen by all, called by whom the publisher lets in. */
export const visibilities = ['public', 'gated', 'private'] as const;
export type Visibility = (typeof visibilities)[number];

/** How far an account came with another's model. */
export const accessStates = ['pending', 'approved', 'rejected', 'revoked', 'declined'] as const;

/** What a model is offered on. */
export const offerKinds = ['free', 'perCall', 'perRow', 'monthly', 'trial'] as const;
/** Of a new version of an offer, to those who have subscribed. */
export const MIN_NOTICE_DAYS = 30;
export const subscriptionStates = ['trialing', 'active', 'past_due', 'canceling', 'ended'] as const;

/** By what right a model is used. */
export const entitlementKinds = ['own', 'public', 'shared', 'approved', 'subscribed'] as const;
/** Roles that may move aliases at all; `models:promote` in accounts/contract.ts. */
export const promotingRoles = ['owner', 'admin', 'developer'] as const;

/** What is reported of a review or a model. */
export const reportReasons = [
  'spam',
  'abusive',
  'misleading',
  'illegal',
  'infringing',
  'dangerous',
  'personal-data',
  'other',
] as const;
export const reportStates = ['open', 'resolved'] as const;
/** What an operator does about a report. */
export const reportDecisions = ['dismiss', 'hide-review', 'suspend-model'] as const;

/** Most aliases that a model may have beside `latest`. */
export const ALIAS_LIMIT = 50;

/** Whether others may take a model's files away. */
export const downloadRules = ['allowed', 'refused'] as const;
export type DownloadRule = (typeof downloadRules)[number];

const identifier = '(?:0|[1-9]\\d{0,14}|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const number = '(?:0|[1-9]\\d{0,14})';
/** A semantic version without build metadata, numbers of at most 15 digits. */
export const versionPattern = new RegExp(
  `^(?=.{5,64}$)${number}(?:\\.${number}){2}(?:-${identifier}(?:\\.${identifier})*)?$`,
);
