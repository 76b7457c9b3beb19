// A rightful request for each route of the contracts, which the strangers then spoil. A new route needs a line here only
// where its path names something new, or where its body cannot be made from its schema's examples.
import * as z from 'zod';
import type { ErrorCode } from '../../../lambdas/shared/kernel/error-catalogue.ts';
import type { RouteSpec } from '../../../lambdas/shared/platform/route.ts';
import { apiContexts } from '../../../tools/docs/contexts.ts';
import { toOpenApiPath } from '../../../tools/docs/operation.ts';
import { plenty, type Stage } from './stage.ts';

export interface Route {
  /** The operation's id. */
  readonly name: string;
  readonly spec: RouteSpec;
  /** `GET /v1/keys/{key}`, as docs/openapi.json has it. */
  readonly operation: string;
}

export const routes: readonly Route[] = apiContexts.flatMap((context) =>
  Object.entries(context.routes).map(([name, spec]) => ({
    name,
    spec,
    operation: `${spec.method} ${toOpenApiPath(spec.path)}`,
  })),
);

export type Params = Readonly<Record<string, string>>;

/** One of the owner's objects, and a missing one whose names are as long. */
export interface Pair {
  readonly what: string;
  readonly there: Params;
  readonly missing: Params;
}

interface Objects {
  /** The owner's, for the rightful request: a write that takes it leaves the rest of the stage as it is. */
  readonly own: Params;
  /** All that look missing to other tenants. */
  readonly pairs: readonly Pair[];
}

const NO_REVIEW = 'rvw_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const NO_REPORT = 'rpt_01JDA8Z5V4W1T4E5R6T7Y8V9P0';
const swapLast = (text: string) => `${text.slice(0, -1)}${text.endsWith('Z') ? 'Y' : 'Z'}`;
const swapName = (text: string) => `${text.slice(0, -1)}${text.endsWith('z') ? 'y' : 'z'}`;

const webhookObjects = ({ id, deliveryId: delivery }: Stage['webhook']): Readonly<Record<string, Objects>> => {
  const missing = swapLast(id);
  return {
    webhook: {
      own: { webhook: id },
      pairs: [{ what: 'a webhook', there: { webhook: id }, missing: { webhook: missing } }],
    },
    'webhook,delivery': {
      own: { webhook: id, delivery },
      pairs: [{ what: 'a delivery', there: { webhook: id, delivery }, missing: { webhook: missing, delivery } }],
    },
  };
};

/** What the parameters of a path can name, under their names joined by commas. */
const objects = ({
  models,
  keys,
  owner,
  other,
  webhook,
  offerId,
  subscriptionId,
}: Stage): Readonly<Record<string, Objects>> => {
  const hidden = [models.own, models.unpublished];
  const nameless = (model: string) => ({ model: swapName(model) });
  return {
    model: {
      own: { model: models.own },
      pairs: hidden.map((model) => ({ what: model, there: { model }, missing: nameless(model) })),
    },
    'model,version': {
      own: { model: models.own, version: '1.0.0' },
      pairs: [
        ...(
          [
            [models.own, '1.0.0'],
            [models.own, '2.0.0'],
            [models.own, '^1'],
            [models.own, 'latest'],
            [models.unpublished, '1.0.0'],
          ] as const
        ).map(([model, version]) => ({
          what: `${model} ${version}`,
          there: { model, version },
          missing: { ...nameless(model), version },
        })),
        {
          what: 'a draft of a public model',
          there: { model: models.shown, version: '2.0.0' },
          missing: { model: models.shown, version: '2.0.9' },
        },
      ],
    },
    'model,version,path': {
      own: { model: models.own, version: '1.0.0', path: 'model.onnx' },
      pairs: [
        {
          what: 'a file of a private model',
          there: { model: models.own, version: '1.0.0', path: 'model.onnx' },
          missing: { ...nameless(models.own), version: '1.0.0', path: 'model.onnx' },
        },
      ],
    },
    ...repositories(models.own, nameless(models.own).model),
    'model,alias': {
      own: { model: models.own, alias: 'latest' },
      pairs: [
        {
          what: 'an alias of a private model',
          there: { model: models.own, alias: 'latest' },
          missing: { ...nameless(models.own), alias: 'latest' },
        },
      ],
    },
    'model,account': {
      own: { model: models.own, account: owner.accountId },
      pairs: [
        {
          what: 'a request for access to a private model',
          there: { model: models.own, account: owner.accountId },
          missing: { ...nameless(models.own), account: owner.accountId },
        },
      ],
    },
    'model,offer': {
      own: { model: models.own, offer: offerId },
      pairs: [
        {
          what: 'an offer of a private model',
          there: { model: models.own, offer: offerId },
          missing: { ...nameless(models.own), offer: offerId },
        },
        {
          what: 'an offer of a private model, asked for as a public one’s',
          there: { model: models.shown, offer: offerId },
          missing: { model: models.shown, offer: swapLast(offerId) },
        },
      ],
    },
    // The stage has no review: nobody but the owner may use its private model.
    'model,review': {
      own: { model: models.own, review: NO_REVIEW },
      pairs: [
        {
          what: 'a review of a private model',
          there: { model: models.own, review: NO_REVIEW },
          missing: { ...nameless(models.own), review: NO_REVIEW },
        },
      ],
    },
    'model,report': {
      own: { model: models.own, report: NO_REPORT },
      pairs: [
        {
          what: 'a report of a private model',
          there: { model: models.own, report: NO_REPORT },
          missing: { ...nameless(models.own), report: NO_REPORT },
        },
      ],
    },
    report: { own: { report: NO_REPORT }, pairs: [] },
    subscription: {
      own: { subscription: subscriptionId },
      pairs: [
        {
          what: 'a subscription',
          there: { subscription: subscriptionId },
          missing: { subscription: swapLast(subscriptionId) },
        },
      ],
    },
    'model,grantee': {
      own: { model: models.own, grantee: other.handle },
      pairs: [
        {
          what: 'a share of a private model',
          there: { model: models.own, grantee: other.handle },
          missing: { ...nameless(models.own), grantee: other.handle },
        },
      ],
    },
    ...webhookObjects(webhook),
    account: {
      own: { account: owner.accountId },
      pairs: [
        {
          what: 'an account',
          there: { account: owner.accountId },
          missing: { account: swapLast(owner.accountId) },
        },
      ],
    },
    key: {
      own: { key: keys.spare.id },
      pairs: (['spare', 'revoked'] as const).map((kind) => ({
        what: `a key (${kind})`,
        there: { key: keys[kind].id },
        missing: { key: swapLast(keys[kind].id) },
      })),
    },
  };
};

/** The same by the names that the Hub's clients use. */
const repositories = (own: string, missing: string): Readonly<Record<string, Objects>> => {
  const asRepo = (name: string) => {
    const [publisher = '', model = ''] = name.split('.');
    return { publisher, model };
  };
  const objectsWith = (more: Params): Objects => ({
    own: { ...asRepo(own), ...more },
    pairs: [
      {
        what: `a repository ${Object.keys(more).join(' ')}`,
        there: { ...asRepo(own), ...more },
        missing: { ...asRepo(missing), ...more },
      },
    ],
  });
  return {
    'publisher,model': objectsWith({}),
    'publisher,model,revision': objectsWith({ revision: 'main' }),
    'publisher,model,revision,path': objectsWith({ revision: 'main', path: 'model.onnx' }),
  };
};

/** Fields that the schema's own examples cannot know. */
const fields = ({ owner, models, inferBody }: Stage): Readonly<Record<string, object>> => ({
  updateAccount: { displayName: 'Somebody' },
  createKey: { scopes: ['infer'] },
  createModel: { name: `${owner.handle}.made` },
  updateModel: { summary: 'Changed' },
  subscribe: { model: models.own },
  acceptTerms: { version: '2026-11' },
  createVersion: { version: '3.0.0' },
  setAlias: { targets: [{ version: '1.0.0', weight: 1 }] },
  setLimits: { account: plenty },
  createGrant: { accountId: owner.accountId, amountMicros: '7' },
  inferModel: inferBody,
  inferModelVersion: inferBody,
});

/** Rightful requests that are refused all the same, for a reason that lies in the stage. */
export const refusedAnyway: Readonly<Record<string, { readonly status: number; readonly code: ErrorCode }>> = {
  completeVersion: { status: 409, code: 'version_state_forbids' },
  // Of a version that is there, and unless it is named once more.
  getReceipt: { status: 404, code: 'receipt_not_found' },
  deleteModel: { status: 422, code: 'confirmation_required' },
  // The owner has access to what is its own, and nobody asked for any.
  requestAccess: { status: 409, code: 'access_not_needed' },
  getAccessRequest: { status: 404, code: 'access_request_not_found' },
  approveAccess: { status: 404, code: 'access_request_not_found' },
  rejectAccess: { status: 404, code: 'access_request_not_found' },
  revokeAccess: { status: 404, code: 'access_request_not_found' },
  declineAccess: { status: 404, code: 'access_request_not_found' },
  // Of alias `latest` of a model that has published once.
  rollBackAlias: { status: 409, code: 'nothing_to_roll_back' },
  deleteAlias: { status: 409, code: 'alias_stays' },
  subscribe: { status: 409, code: 'subscription_not_needed' },
  // Nobody reviews what is its own.
  putMyReview: { status: 403, code: 'review_of_own_model' },
  getMyReview: { status: 404, code: 'review_not_found' },
  deleteMyReview: { status: 404, code: 'review_not_found' },
  getReview: { status: 404, code: 'review_not_found' },
  replyToReview: { status: 404, code: 'review_not_found' },
  deleteReply: { status: 404, code: 'review_not_found' },
  reportReview: { status: 404, code: 'review_not_found' },
  hideReview: { status: 404, code: 'review_not_found' },
  showReview: { status: 404, code: 'review_not_found' },
  getReport: { status: 404, code: 'report_not_found' },
  getAnyReport: { status: 404, code: 'report_not_found' },
  resolveReport: { status: 404, code: 'report_not_found' },
};

const paramNames = (path: string) => [...path.matchAll(/\{([^/}+]+)\+?\}/g)].map((match) => match[1] ?? '');

const teach = (route: Route, what: string) =>
  new Error(`teach test/contract/strangers/samples.ts about ${what}, for ${route.operation}`);

const objectsOf = (route: Route, stage: Stage): Objects | undefined => {
  const names = paramNames(route.spec.path);
  if (names.length === 0) return undefined;
  const known = objects(stage)[names.join(',')];
  if (!known) throw teach(route, `the path parameters '${names.join(',')}' (\`objects\`)`);
  return known;
};

/** The path with these values in it, percent-encoded unless they say that they are as they should be. */
export const fillPath = (route: Route, params: Params, encode: (text: string) => string = encodeURIComponent): string =>
  route.spec.path.replace(/\{([^/}+]+)\+?\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw teach(route, `the path parameter '${name}'`);
    return encode(value);
  });

export const ownParams = (route: Route, stage: Stage): Params => objectsOf(route, stage)?.own ?? {};

/** @returns the owner's objects that the route's path can name, each with a missing twin */
export const pairsOf = (route: Route, stage: Stage): readonly Pair[] => objectsOf(route, stage)?.pairs ?? [];

/** A body that the route accepts; undefined: it reads none. */
export const bodyOf = (route: Route, stage: Stage): Readonly<Record<string, unknown>> | undefined => {
  const { body } = route.spec;
  if (!body || body.safeParse(undefined).success) return undefined;
  const made = fromSchema(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) as Schema);
  const filled = { ...(typeof made === 'object' ? made : {}), ...fields(stage)[route.name] };
  const parsed = body.safeParse(filled);
  if (!parsed.success) {
    throw teach(route, `the body (\`fields\`), which must be valid: ${z.prettifyError(parsed.error)}`);
  }
  return filled;
};

interface Schema {
  readonly type?: string;
  readonly example?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
}

/** The least that the schema asks for, by its examples where it has any. */
const fromSchema = (schema: Schema): unknown => {
  for (const given of [schema.example, schema.const, schema.enum?.[0], schema.default]) {
    if (given !== undefined) return given;
  }
  if (schema.anyOf?.[0]) return fromSchema(schema.anyOf[0]);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, fromSchema(schema.properties?.[name] ?? {})]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => fromSchema(schema.items ?? {}));
    case 'number':
    case 'integer':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return 'text';
  }
};
