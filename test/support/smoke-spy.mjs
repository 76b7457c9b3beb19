// Stands where the smoke child does, and reports what it can see instead of trying a model.
import { readdirSync, writeSync } from 'node:fs';

process.stdin.resume();
process.stdin.on('end', () => {
  const seen = { files: readdirSync('.'), variables: Object.keys(process.env) };
  writeSync(3, JSON.stringify({ ok: false, rule: 'run_failed', message: JSON.stringify(seen) }));
});
