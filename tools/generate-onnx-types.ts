// Writes lambdas/shared/onnx/generated/onnx-ml_pb.js and its types from the schema that the `onnx` package of PyPI ships. To be run
// when ONNX's format has moved: `node tools/generate-onnx-types.ts`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '../local/root.ts';
import { venvFolder } from '../local/state.ts';
import { ensureVenv, findPython } from '../local/venv.ts';

// Run by npm's own cache: its dependencies (a TypeScript of their own) have no place among the project's.
const GENERATOR = '@bufbuild/protoc-gen-es@2.17.0';

const venv = venvFolder('onnx-types');
await ensureVenv(venv, join(root, 'tools', 'onnx-types', 'requirements.txt'), console.error);
const venvPython = join(venv, 'bin', 'python');
const isVenv = existsSync(venvPython);
const python = isVenv ? venvPython : findPython();
const env = isVenv ? process.env : { ...process.env, PYTHONPATH: [venv, process.env.PYTHONPATH].join(delimiter) };

const schemaFolder = execFileSync(python, ['-c', 'import onnx; print(onnx.__path__[0])'], {
  encoding: 'utf8',
  env,
}).trim();
const out = join(root, 'lambdas', 'shared', 'onnx', 'generated');
mkdirSync(out, { recursive: true });
const protoc = [
  ...['npm', 'exec', '--yes', `--package=${GENERATOR}`, '--', python, '-m', 'grpc_tools.protoc'],
  ...[`--es_out=${out}`, '--es_opt=target=js+dts', `--proto_path=${schemaFolder}`, 'onnx-ml.proto'],
];
const [command = '', ...args] = protoc;
execFileSync(command, args, { stdio: 'inherit', env });
console.log(`wrote ${join(out, 'onnx-ml_pb.js')}`);
