import type { Profiler } from 'node:inspector';

/** Shares of CPU time: of each group of modules, and of the costliest functions. */
export interface ProfileShares {
  readonly groups: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
}

const NODE_MODULES = '/node_modules/';

/** Packages that only another one brings count for it. */
const PACKAGE_GROUPS: Readonly<Record<string, RegExp>> = {
  'AWS SDK': /^(@(aws|aws-sdk|aws-crypto|smithy)\/.+|tslib|bowser)$/,
  Express:
    /^(express|router|body-parser|finalhandler|send|qs|raw-body|iconv-lite|path-to-regexp|proxy-addr|forwarded|ipaddr\.js|type-is|media-typer|content-type|etag|fresh|bytes|http-errors|statuses|mime-types|mime-db|accepts|negotiator|parseurl|on-finished|ee-first|once|encodeurl|escape-html|vary|depd|debug|unpipe)$/,
  joi: /^(joi|@hapi\/.+|@standard-schema\/spec)$/,
  'express-rate-limit': /^(express-rate-limit|ip-address)$/,
  pino: /^(pino|sonic-boom|safe-stable-stringify|quick-format-unescaped|atomic-sleep)$/,
};

const NODE_HTTP =
  /^node:(_http|net|http|_stream|stream|internal\/(http|streams|stream_base|net|timers|js_stream))/;
const NODE_CRYPTO = /^node:(crypto|internal\/crypto)/;

/** Sums the self time of each node. Native functions count for the module that called them. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ProfileShares {
  const time = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    time.set(id, (time.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  }
  const groups = new Map<string, number>();
  const functions = new Map<string, number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: Profiler.ProfileNode, callersGroup: string): void => {
    const group = groupOf(node, callersGroup);
    const self = time.get(node.id) ?? 0;
    if (group !== IDLE && self > 0) {
      add(groups, group, self);
      add(functions, `${node.callFrame.functionName || '(anonymous)'} (${group})`, self);
    }
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) visit(child, group);
    }
  };
  const [root] = nodes;
  if (root) visit(root, SYSTEM);
  const total = [...groups.values()].reduce((sum, self) => sum + self, 0);
  return { groups: shares(groups, total), functions: shares(functions, total) };
}

const IDLE = 'idle';
const SYSTEM = 'V8 and system calls';
const GARBAGE = 'garbage collection';

function groupOf({ callFrame: { functionName, url } }: Profiler.ProfileNode, callersGroup: string): string {
  if (functionName === '(idle)') return IDLE;
  if (functionName === '(garbage collector)') return GARBAGE;
  if (functionName === '(program)') return SYSTEM;
  if (url === '') return callersGroup;
  if (NODE_HTTP.test(url)) return 'Node: HTTP and sockets';
  if (NODE_CRYPTO.test(url)) return 'Node: crypto';
  if (url.startsWith('node:')) return 'Node: other';
  const inPackage = url.lastIndexOf(NODE_MODULES);
  if (inPackage !== -1) return packageGroup(url.slice(inPackage + NODE_MODULES.length));
  return url.includes('/.tmp/bench/') ? 'the route of the benchmark' : 'express-cognito-kit';
}

function packageGroup(path: string): string {
  const [first = '', second = ''] = path.split('/');
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  for (const [group, packages] of Object.entries(PACKAGE_GROUPS)) if (packages.test(name)) return group;
  return name;
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function shares(sums: ReadonlyMap<string, number>, total: number): ReadonlyMap<string, number> {
  const sorted = [...sums].sort(([, a], [, b]) => b - a);
  return new Map(sorted.map(([key, self]) => [key, self / total]));
}
