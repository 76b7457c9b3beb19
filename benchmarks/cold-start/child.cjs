// A process that starts a handler as Lambda's Node runtime does, calls it once, and tells how long each part took on
// descriptor 3: { bootMs, codeMs, answerMs, cpuMs, answer }. The clock of the comparison begins with this file.
const begunAt = performance.now();
const begunCpu = process.cpuUsage();

const main = async () => {
  const [file, event] = process.argv.slice(2);
  const { handler } = file.endsWith('.mjs') ? await import(file) : require(file);
  const loadedAt = performance.now();
  const answer = JSON.stringify(await handler(JSON.parse(event), {}));
  const answeredAt = performance.now();
  const { user, system } = process.cpuUsage(begunCpu);
  const cpuMs = (user + system) / 1000;
  const times = { bootMs: begunAt, codeMs: loadedAt - begunAt, answerMs: answeredAt - loadedAt, cpuMs };
  require('node:fs').writeSync(3, JSON.stringify({ ...times, answer }));
  process.exit();
};

main();
