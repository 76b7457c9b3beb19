// Handlers log to stdout; in tests their lines go to the console, which vitest shows for a test that fails only.
process.stdout.write = (chunk: string | Uint8Array): boolean => {
  console.log(String(chunk).trimEnd());
  return true;
};
