// A version's manifest: all that is served of it, in one text that is signed and never stored. Whoever checks it writes
// the text from what is about to be used, so that nothing of it can be another than what was signed.

import { canonicalJson } from '../../shared/kernel/canonical-json.ts';
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { Signed } from '../ports/manifests.ts';
import type { Validated, Version } from '../ports.ts';
import { MANIFEST_TYPE } from './manifest-type.ts';

type Subject = Pick<Version, 'model' | 'version' | 'files'>;
type Facts = Pick<Validated, 'artifact' | 'signature' | 'lane' | 'products' | 'examples'>;

/** The text of the manifest. */
export const manifestText = (
  { model, version, files }: Subject,
  { artifact, signature, lane, products, examples }: Facts,
  { schema, signedAtMs, scanner }: Pick<Signed, 'schema' | 'signedAtMs' | 'scanner'>,
): string =>
  canonicalJson({
    schema,
    model,
    version,
    files,
    artifact: { sha256: artifact.sha256, sizeBytes: artifact.sizeBytes },
    lane,
    // Objects of the artifacts bucket lie under their hash: a key says nothing more, if it says so (`isKeyed`).
    products: products.map(({ key: _, ...product }) => product),
    signature,
    examples: examples && { sha256: examples.sha256, sizeBytes: examples.sizeBytes },
    scanner,
    createdAt: toTimestamp(signedAtMs),
  });

/** What is signed: DSSE's pre-authentication encoding (github.com/secure-systems-lab/dsse, protocol.md). */
export const signedBytes = (text: string): Buffer =>
  Buffer.from(`DSSEv1 ${MANIFEST_TYPE.length} ${MANIFEST_TYPE} ${Buffer.byteLength(text)} ${text}`);

/** Whether each object that is served lies where its hash says. */
export const isKeyed = ({ artifact, products, examples }: Facts): boolean =>
  [artifact, ...products, ...(examples ? [examples] : [])].every(({ key, sha256 }) => key === `sha256/${sha256}`);
