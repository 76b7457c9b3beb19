// Whether the TypeScript executor runs a call: the version has a product that this very executor made, for as many rows.
import type { Product } from '../../registry/contract.ts';
import { FLAT_MAKER } from '../../shared/executor/flat-form.ts';

/** @returns undefined where onnxruntime is to run it */
export const flatProduct = (products: readonly Product[], rowCount: number): Product | undefined => {
  for (const product of products) {
    if (product.kind !== 'flat' || product.madeBy !== FLAT_MAKER) continue;
    return product.rowLimit === undefined || rowCount <= product.rowLimit ? product : undefined;
  }
  return undefined;
};
