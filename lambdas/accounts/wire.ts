// Accounts' objects on the wire: what is sent and what is answered. Routes are in route-table.ts.
import * as z from 'zod';
import { namePartPattern } from '../shared/kernel/ids.ts';
import { keyScopes } from '../shared/platform/caller.ts';
import { idOf, modelName, timestamp } from '../shared/platform/schemas.ts';
import { limitOverride, locales, memberRoles, rateLimit } from './terms.ts';

const handle = z
  .string()
  .regex(namePartPattern, 'must be 2 to 64 of a-z 0-9 - _, starting with a letter')
  .meta({ description: 'The publisher part of the account’s model names; set once', example: 'acme' });
const displayName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{C}*$/u, 'must not hold control characters')
  .nullable()
  .meta({ example: 'Ada Lovelace' });

export const account = z.object({
  id: idOf('acc'),
  handle: handle.nullable(),
  plan: z.string().meta({ example: 'free' }),
  currency: z.string().meta({ example: 'USD' }),
  user: z.object({
    id: idOf('usr'),
    email: z.string().nullable().meta({
      description: 'null for an API key without the scope `admin`: who may only call models need not know it',
      example: 'ada@example.com',
    }),
    displayName,
    locale: z.enum(locales),
    role: z.enum(memberRoles).meta({ description: 'Of this person in this account' }),
    operator: z.boolean().meta({ description: 'True for an access token of an operator of the platform' }),
  }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

export const accountPatch = z.strictObject({
  handle: handle.optional(),
  displayName: displayName.optional(),
  locale: z.enum(locales).optional(),
});

export const accountItem = account.pick({ id: true, handle: true, createdAt: true, updatedAt: true }).extend({
  kind: z.enum(['personal', 'organisation']),
  role: z.enum(memberRoles),
});

const unique = (values: readonly string[]) => new Set(values).size === values.length;

export const newKey = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^\P{C}*$/u, 'must not hold control characters')
    .meta({ description: 'For people', example: 'notebook' }),
  scopes: z
    .array(z.enum(keyScopes))
    .min(1)
    .max(keyScopes.length)
    .refine(unique, 'must name each scope once')
    .meta({ example: ['infer', 'models:read'] }),
  models: z
    .array(modelName)
    .min(1)
    .max(50)
    .refine(unique, 'must name each model once')
    .optional()
    .meta({ description: 'The only models the key may call; absent: any', example: ['acme.iris'] }),
  cidrs: z
    .array(z.union([z.cidrv4(), z.cidrv6()], 'must be an address range like 203.0.113.0/24 or 2001:db8::/32'))
    .min(1)
    .max(20)
    .refine(unique, 'must name each range once')
    .optional()
    .meta({ description: 'The only address ranges the key may call from; absent: any', example: ['203.0.113.0/24'] }),
  expiresAt: z.iso
    .datetime()
    .optional()
    .meta({ description: 'In the future; absent: never', example: '2027-11-23T20:46:00.000Z' }),
});

export const key = z.object({
  id: idOf('key'),
  name: z.string(),
  scopes: z.array(z.enum(keyScopes)),
  models: z.array(modelName).nullable(),
  cidrs: z.array(z.string()).nullable(),
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
  createdBy: idOf('usr'),
  createdAt: timestamp,
  updatedAt: timestamp,
});

export const keyWithSecret = key.extend({
  key: z.string().nullable().meta({
    description: 'What to send as `Authorization: Bearer …`; shown once, so null when the request is a repeat',
  }),
});

export const accountParams = z.object({
  account: z.string().max(64).meta({ description: 'Id of the account: `acc_…`' }),
});

export const accountLimits = z.object({
  accountId: idOf('acc'),
  plan: z.string().meta({ example: 'free' }),
  key: rateLimit.check(z.meta({ description: 'Of each of its keys' })),
  account: rateLimit.check(z.meta({ description: 'Of the account with all its keys' })),
  set: limitOverride.check(z.meta({ description: 'Those that an operator set; the others are the plan’s' })),
});
