// Who may import what. Each rule tells the reader what to do instead; none is waived to get something done.
const contexts = 'accounts|registry|inference|billing|training|feedback|recommend|solutions|governance';
const pure = '^lambdas/shared/(kernel|numeric|ensemble|onnx|executor)/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one file, or a third is missing: move what both need into it.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'kernel-imports-nothing',
      comment:
        'The kernel is ids, money, period, clock and errors in plain code. Put what needs a library into shared/platform.',
      severity: 'error',
      from: { path: '^lambdas/shared/kernel/' },
      to: { pathNot: '^lambdas/shared/kernel/' },
    },
    {
      name: 'shared-knows-no-context',
      comment: 'Shared code serves every context. Take what differs as an argument, and let the context pass it.',
      severity: 'error',
      from: { path: '^lambdas/shared/' },
      to: { path: `^lambdas/(${contexts})/` },
    },
    {
      name: 'pure-shared-stays-pure',
      comment:
        'numeric, ensemble, onnx and executor work on bytes and arrays: no I/O, no AWS. Do that in an adapter and pass the result.',
      severity: 'error',
      from: { path: '^lambdas/shared/(numeric|ensemble|onnx|executor)/' },
      to: {
        path: [
          '^lambdas/shared/platform/',
          'node_modules/(@aws-sdk|@middy|onnxruntime)',
          '^(fs|net|http|https|child_process)$',
        ],
      },
    },
    {
      name: 'executor-runs-light',
      comment:
        'What runs a compiled model loads in the hot bundle: it knows neither the compiler nor protobuf. Do at publish time, in executor/compile, what needs them, and write the result into the plan.',
      severity: 'error',
      from: { path: '^lambdas/shared/executor/', pathNot: '^lambdas/shared/executor/(compile|prove)/' },
      to: {
        path: ['^lambdas/shared/executor/(compile|prove)/', '^lambdas/shared/onnx/', 'node_modules/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'hot-path-reads-no-protobuf',
      comment:
        'The whole ONNX schema is for publish time. A function that answers calls reads compiled models; one that must look at an ONNX file uses the scanner.',
      severity: 'error',
      from: { path: '^lambdas/inference/handlers/(infer|run|smoke|smoke-child)\\.ts$' },
      to: { path: ['^lambdas/shared/onnx/generated/', 'node_modules/@bufbuild/'], reachable: true },
    },
    {
      name: 'domain-is-pure',
      comment:
        'domain/ holds rules and arithmetic. Pass time, randomness and I/O in; declare what you need from outside in ports.ts.',
      severity: 'error',
      from: { path: `^lambdas/(${contexts})/domain/` },
      to: {
        path: ['^lambdas/', 'node_modules/(@aws-sdk|@middy|onnxruntime)', '^(fs|net|http|https|child_process|crypto)$'],
        pathNot: [pure, `^lambdas/(${contexts})/domain/`, `^lambdas/(${contexts})/(contract\\.ts$|ports\\.ts$|ports/)`],
      },
    },
    {
      name: 'domain-sees-own-context',
      comment: 'A rule that needs another context’s rule belongs behind its contract.ts or gateway.ts.',
      severity: 'error',
      from: { path: `^lambdas/(${contexts})/domain/` },
      to: { path: `^lambdas/(${contexts})/(domain|ports)`, pathNot: '^lambdas/$1/' },
    },
    {
      name: 'contexts-meet-at-contracts',
      comment:
        'Import another context’s contract.ts (types, schemas) or gateway.ts (in-process calls), or listen to its events.',
      severity: 'error',
      from: { path: `^lambdas/(${contexts})/` },
      to: {
        path: `^lambdas/(${contexts})/`,
        pathNot: ['^lambdas/$1/', `^lambdas/(${contexts})/(contract|gateway)\\.ts$`],
      },
    },
    {
      name: 'routes-take-ports',
      comment: 'A use case takes its ports as arguments; handlers/ wires the adapters in.',
      severity: 'error',
      from: { path: `^lambdas/(${contexts})/routes/` },
      to: { path: [`^lambdas/(${contexts})/(adapters|handlers)/`, 'node_modules/@aws-sdk'] },
    },
    {
      name: 'one-onnxruntime-adapter',
      comment:
        'The native package is loaded in lambdas/inference/adapters/onnxruntime-binding.ts alone. Ask that adapter.',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: '^lambdas/inference/adapters/onnxruntime-binding\\.ts$' },
      to: { path: 'node_modules/onnxruntime-node', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'lib-reads-contracts-only',
      comment: 'Synthesis names handlers by path and reads contract.ts; run-time code stays out of it.',
      severity: 'error',
      from: { path: '^(lib|bin)/' },
      to: {
        path: '^lambdas/',
        pathNot: [
          `^lambdas/(${contexts})/contract\\.ts$`,
          '^lambdas/shared/kernel/',
          '^lambdas/shared/platform/(route|events|origin)\\.ts$',
        ],
      },
    },
    {
      name: 'constructs-know-no-context',
      comment: 'A construct serves every context: pass what differs as props.',
      severity: 'error',
      from: { path: '^lib/constructs/' },
      to: { path: ['^lambdas/', '^lib/(contexts|stacks)/'] },
    },
    {
      name: 'run-time-knows-no-lib',
      comment: 'Functions learn of their surroundings by environment variables, named in contract.ts.',
      severity: 'error',
      from: { path: '^lambdas/' },
      to: { path: '^(lib|bin|local|test)/' },
    },
    {
      name: 'production-code-imports-no-tests',
      comment: 'Move what both need out of test/.',
      severity: 'error',
      from: { path: '^(bin|lib|lambdas|local)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'Add the package to package.json with its version.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The file or package does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
