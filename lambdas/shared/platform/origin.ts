// The names by which CloudFront and the functions behind it know each other: what templates and run time share.
import * as z from 'zod/mini';

/** What CloudFront sends it in; what a viewer sends under this name, CloudFront overwrites. */
export const ORIGIN_SECRET_HEADER = 'x-aimass-origin-secret';

/** Written by the front's own function into each call, whatever the viewer sent: the address that it came from. */
export const VIEWER_ADDRESS_HEADER = 'x-aimass-viewer-address';

/** Likewise: the name under which it came, which CloudFront does not hand on as `Host`. */
export const VIEWER_HOST_HEADER = 'x-aimass-viewer-host';

/** Environment of a function behind CloudFront; without it nothing but the gateway is believed. */
export const originEnv = z.object({
  /** Name of the secret. */
  ORIGIN_SECRET: z.optional(z.string().check(z.minLength(1))),
});
