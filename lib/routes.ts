// The gateway's routes, derived from the contracts' routes: as few as say unambiguously which function answers.
// A path prefix that one owner has alone becomes a pair, `ANY /v1/models` and `ANY /v1/models/{proxy+}`; where two
// owners share a prefix, it is looked at one segment deeper. Methods, and paths below, are the function's own matter,
// so that a wrong one is answered in our shape and not in the gateway's.

export interface GatewayRoute<Owner extends string = string> {
  /** `ANY /v1/models/{proxy+}` */
  readonly key: string;
  readonly owner: Owner;
}

interface PathNode<Owner extends string> {
  /** Who has a route at exactly this path. */
  owner: Owner | undefined;
  readonly children: Map<string, PathNode<Owner>>;
}

/** @param routes - owner → its routes, as in contract.ts @throws Error when two owners claim one path */
export const deriveGatewayRoutes = <Owner extends string>(
  routes: Readonly<Record<Owner, Readonly<Record<string, { readonly path: string }>>>>,
): readonly GatewayRoute<Owner>[] => {
  const top: PathNode<Owner> = { owner: undefined, children: new Map() };
  for (const owner of Object.keys(routes) as Owner[]) {
    for (const { path } of Object.values(routes[owner])) place(top, path, owner);
  }
  return [...top.children].flatMap(([segment, node]) => routesBelow(`/${segment}`, node));
};

const place = <Owner extends string>(top: PathNode<Owner>, path: string, owner: Owner) => {
  let node = top;
  for (const [index, segment] of path.split('/').slice(1).entries()) {
    // Names of parameters are the function's own; to the gateway, which wants each once in a path, a place is a place.
    const name = segment.endsWith('+}') ? '{proxy+}' : segment.startsWith('{') ? `{part${index + 1}}` : segment;
    const next = node.children.get(name) ?? { owner: undefined, children: new Map() };
    node.children.set(name, next);
    node = next;
  }
  if (node.owner && node.owner !== owner)
    throw new Error(`'${path}' must belong to one context, got ${node.owner} and ${owner}`);
  node.owner = owner;
};

const routesBelow = <Owner extends string>(path: string, node: PathNode<Owner>): GatewayRoute<Owner>[] => {
  const [owner, another] = ownersOf(node);
  if (owner && !another) {
    const key = `ANY ${path}`;
    return path.endsWith('{proxy+}')
      ? [{ key, owner }]
      : [
          { key, owner },
          { key: `${key}/{proxy+}`, owner },
        ];
  }
  const here = node.owner ? [{ key: `ANY ${path}`, owner: node.owner }] : [];
  return [...here, ...[...node.children].flatMap(([segment, child]) => routesBelow(`${path}/${segment}`, child))];
};

const ownersOf = <Owner extends string>(node: PathNode<Owner>): Owner[] => {
  const owners = new Set<Owner>(node.owner ? [node.owner] : []);
  for (const child of node.children.values()) for (const owner of ownersOf(child)) owners.add(owner);
  return [...owners];
};
