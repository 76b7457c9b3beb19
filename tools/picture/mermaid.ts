// The architecture as a Mermaid flow chart: a box a stack, and only what helps a newcomer to find the way.
import type { Architecture, ArchitectureEdge, ArchitectureNode, NodeKind } from './architecture.ts';

/** What surrounds a node's text, by kind: round for queues, barrels for stores. */
const shapes: Readonly<Record<NodeKind, readonly [string, string]>> = {
  function: ['[', ']'],
  table: ['[(', ')]'],
  bucket: ['[(', ')]'],
  queue: ['([', '])'],
  bus: ['([', '])'],
  users: ['[(', ')]'],
  gateway: ['{{', '}}'],
  front: ['{{', '}}'],
};
const services: Readonly<Record<NodeKind, string>> = {
  function: '',
  table: 'DynamoDB',
  bucket: 'S3',
  queue: 'SQS',
  bus: 'EventBridge',
  users: 'Cognito',
  gateway: 'API Gateway',
  front: 'CloudFront',
};
const arrows = { calls: '-->', writes: '-->', reads: '-.->', feeds: '==>' } as const;

/** @returns the fenced block and its legend, as they stand in the README */
export const drawArchitecture = (architecture: Architecture): string => {
  const nodes = architecture.nodes.filter(isWorthShowing);
  const names = new Map(nodes.map((node) => [node.id, mermaidId(node)]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges = architecture.edges.filter((edge) => isWorthDrawing(edge, byId, architecture.edges));
  const stacks = [...new Set(nodes.map(({ stack }) => stack))];
  const lines = [
    'flowchart LR',
    '  client["SDK · curl · tritonclient"]',
    ...stacks.flatMap((stack) => [
      `  subgraph ${stack}-stack["${stack}"]`,
      ...nodes.filter((node) => node.stack === stack).map((node) => `    ${drawNode(node)}`),
      '  end',
    ]),
    ...entrances(nodes).map((node) => `  client --> ${names.get(node.id)}`),
    ...edges.map(({ from, to, kind }) => `  ${names.get(from)} ${arrows[kind]} ${names.get(to)}`),
  ];
  const legend =
    'Solid: calls, or reads and writes; dotted: only reads; thick: events and messages. Every function behind the gateway\n' +
    'also asks `accounts` who calls, which is not drawn.';
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n\n${legend}`;
};

/** Logs of accesses and letters that nobody could deliver say nothing about how a call goes. */
const isWorthShowing = ({ kind, name }: ArchitectureNode): boolean =>
  !(kind === 'bucket' && /access ?log/i.test(name)) && !(kind === 'queue' && name.endsWith('-dead'));

/** CloudFront where there is one, else the gateway. */
const entrances = (nodes: readonly ArchitectureNode[]): ArchitectureNode[] => {
  const fronts = nodes.filter(({ kind }) => kind === 'front');
  return fronts.length > 0 ? fronts : nodes.filter(({ kind }) => kind === 'gateway');
};

const contextOf = ({ name }: ArchitectureNode): string => name.split(/[- ]/)[0]?.toLowerCase() ?? name;

const isWorthDrawing = (
  { from, to }: ArchitectureEdge,
  nodes: ReadonlyMap<string, ArchitectureNode>,
  all: readonly ArchitectureEdge[],
): boolean => {
  const [source, target] = [nodes.get(from), nodes.get(to)];
  if (!source || !target) return false;
  const asksWhoCalls =
    contextOf(target) === 'accounts' && contextOf(source) !== 'accounts' && source.kind === 'function';
  // Who is fed from a table takes the record away as well.
  const takesWhatFeeds = all.some((edge) => edge.kind === 'feeds' && edge.from === to && edge.to === from);
  return !asksWhoCalls && !takesWhatFeeds;
};

const mermaidId = ({ kind, name }: ArchitectureNode): string =>
  `${kind}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

const drawNode = (node: ArchitectureNode): string => {
  const [open, close] = shapes[node.kind];
  const title = node.kind === 'gateway' || node.kind === 'front' ? '' : `<b>${titleOf(node)}</b>`;
  const description = node.kind === 'function' ? node.description : services[node.kind];
  const schedule = node.schedule ? `${node.schedule.replace(/^rate\((?:1 )?(.*)\)$/, 'each $1')}` : '';
  const text = [title, description, schedule].filter(Boolean).join('<br/>').replaceAll('"', "'");
  return `${mermaidId(node)}${open}"${text}"${close}`;
};

/** `Registry Quarantine` → `quarantine`: what has a name of its own is called by it. */
const titleOf = ({ name }: ArchitectureNode): string =>
  name.includes(' ') ? name.split(' ').slice(1).join(' ').toLowerCase() : name;
