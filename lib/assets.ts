// What is built before it is deployed: the functions' code and the native layer.
import { governanceFiles } from '../lambdas/governance/contract.ts';
import { buildOnnxruntimeLayer } from '../layers/onnxruntime/build.ts';
import { type Bundles, bundleFunctions } from './bundle.ts';

export interface Assets {
  readonly bundles: Bundles;
  readonly onnxruntimeDirectory: string;
}

export const buildAssets = (): Assets => ({
  bundles: bundleFunctions({ 'governance-api': governanceFiles }),
  onnxruntimeDirectory: buildOnnxruntimeLayer(),
});
