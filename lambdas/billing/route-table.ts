// The routes of billing. In a file of their own: functions that only charge do without them.
import { defineRoutes } from '../shared/platform/route.ts';
import { idOf, listOf, listQuery, modelName, timestamp } from '../shared/platform/schemas.ts';
import {
  balance,
  grant,
  grantRequest,
  groupBy,
  ifMatch,
  ledgerEntry,
  moment,
  priceBook,
  priceBookRequest,
  usageItem,
} from './wire.ts';

const etagHeader = { etag: 'The version; send it back in `If-Match` to change exactly this' };

export const billingRoutes = defineRoutes({
  getBalance: {
    method: 'GET',
    path: '/v1/balance',
    summary: 'Get the balance',
    description: 'Strongly consistent: a call that was just answered is in it.',
    auth: 'required',
    permission: 'billing:read',
    responses: { 200: { description: 'What the account can spend', body: balance } },
    errors: [],
  },
  getUsage: {
    method: 'GET',
    path: '/v1/usage',
    summary: 'Get usage',
    description:
      'Sums of billed calls, strongly consistent: a call that was just answered is in them. Days and hours are UTC; ' +
      'the resolution is a minute. At most 366 days, or 31 when grouped by hour.',
    auth: 'required',
    permission: 'billing:read',
    query: listQuery.extend({
      groupBy,
      from: moment('First day, or first instant; default: the first of this month'),
      to: moment('Last day (it is included), or the instant to stop before; default: now'),
      model: modelName.optional().meta({ description: 'Only this model' }),
    }),
    responses: {
      200: {
        description: 'One item per group, by time and name',
        body: listOf(usageItem).extend({
          from: timestamp.meta({ description: 'First instant counted' }),
          to: timestamp.meta({ description: 'Counted up to here, not including it' }),
        }),
      },
    },
    errors: ['invalid_cursor'],
  },
  listLedger: {
    method: 'GET',
    path: '/v1/ledger',
    summary: 'List ledger entries',
    description: 'What was added to the balance, latest first. What calls took from it is in `/v1/usage`.',
    auth: 'required',
    permission: 'billing:read',
    query: listQuery,
    responses: { 200: { description: 'A page of entries', body: listOf(ledgerEntry) } },
    errors: ['invalid_cursor'],
  },
  createGrant: {
    method: 'POST',
    path: '/v1/admin/grants',
    summary: 'Grant funds to an account',
    auth: 'operator',
    body: grantRequest,
    idempotent: true,
    responses: {
      201: {
        description: 'The grant; the same one when the idempotency key was used for it before',
        body: grant,
        headers: { location: 'The list that the grant is in' },
      },
    },
    errors: ['account_not_found', 'grant_limit_exceeded', 'idempotency_key_reused'],
  },
  listGrants: {
    method: 'GET',
    path: '/v1/admin/grants',
    summary: 'List grants',
    description: 'Latest first. Of one account it is strongly consistent; of all it may lag by a second.',
    auth: 'operator',
    query: listQuery.extend({ accountId: idOf('acc').optional() }),
    responses: { 200: { description: 'A page of grants', body: listOf(grant) } },
    errors: ['invalid_cursor'],
  },
  getPrices: {
    method: 'GET',
    path: '/v1/admin/prices',
    summary: 'Get the price book',
    description: 'What the platform takes of, and beside, the models’ own prices. Strongly consistent.',
    auth: 'operator',
    responses: { 200: { description: 'The book as it is now', body: priceBook, headers: etagHeader } },
    errors: [],
  },
  setPrices: {
    method: 'PUT',
    path: '/v1/admin/prices',
    summary: 'Change the price book',
    description:
      'Makes the next version. Calls that begin a minute later are charged by it, some earlier; history is never rated again.',
    auth: 'operator',
    headers: ifMatch,
    body: priceBookRequest,
    idempotent: true,
    responses: {
      200: {
        description: 'The new version; the same one when the idempotency key was used for it before',
        body: priceBook,
        headers: etagHeader,
      },
    },
    errors: ['precondition_failed', 'idempotency_key_reused'],
  },
  listPrices: {
    method: 'GET',
    path: '/v1/admin/prices/versions',
    summary: 'List versions of the price book',
    description: 'Latest first: who changed what, when and why. Strongly consistent.',
    auth: 'operator',
    query: listQuery,
    responses: { 200: { description: 'A page of versions', body: listOf(priceBook) } },
    errors: ['invalid_cursor'],
  },
});
