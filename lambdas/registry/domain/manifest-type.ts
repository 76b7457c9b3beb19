/** What a manifest is called where it is signed. */
export const MANIFEST_TYPE = 'application/vnd.aimass.manifest+json';
