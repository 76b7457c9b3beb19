// Where a version's files were to arrive: each has its upload at the same place of the list.
import type { UploadPlan, Version } from '../ports.ts';

export const planOf = ({ model, version, uploads }: Version, index: number): UploadPlan => {
  const plan = uploads[index];
  if (!plan) throw new Error(`a file without an upload: number ${index} of ${model} ${version}`);
  return plan;
};
