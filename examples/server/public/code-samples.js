import { SECRET_MEMBERS } from './secret-members.js';

/**
 * Programs that repeat a request of the console. They hold no password, token or code, so they can go into an issue:
 * variables stand for them. Each function takes { request, response } and the origin of this server, and returns
 * { code, variables }.
 */
export const SAMPLES = { curl: curlOf, fetch: fetchOf, supertest: supertestOf };

/** Browsers send it by themselves. Without it, the router's CSRF check refuses cookies. */
const SAME_ORIGIN = ['sec-fetch-site', 'same-origin'];

/** A secret that the program has to be given. */
class Secret {
  constructor(variable) {
    this.variable = variable;
  }
}

function curlOf({ request }, origin) {
  const { method, path, body, cookies } = request;
  const shell = new Writer({ text: inShell, secret: (variable) => `"$${variable}"` });
  const options = headersOf(request).map((header) => `-H ${shell.write(header)}`);
  if (cookies) {
    options.push('-b cookies.txt -c cookies.txt');
    if (method !== 'GET') options.push(`-H ${shell.write([SAME_ORIGIN.join(': ')])}`);
  }
  if (body !== undefined) options.push(`--data-raw ${shell.write(jsonParts(withoutSecrets(body)))}`);
  const start = `curl -i ${method === 'GET' ? '' : `-X ${method} `}${inShell(origin + path)}`;
  return { code: [start, ...options].join(' \\\n  '), variables: shell.variables };
}

function fetchOf({ request }, origin) {
  const { method, body, path, cookies } = request;
  const script = new Writer({ text: (text) => text, secret: (variable) => variable });
  const lines = [
    method !== 'GET' && `  method: ${literal(method)},`,
    '  headers: {',
    ...Object.entries(request.headers).map(
      ([name, value]) => `    ${memberName(name)}: ${headerLiteral(name, value, script)},`,
    ),
    '  },',
    body !== undefined &&
      `  body: JSON.stringify(${script.write(literalParts(withoutSecrets(body), '  '))}),`,
  ];
  return {
    code: [
      ...script.variables.map((variable) => `const ${variable} = ${literal(placeholder(variable))};`),
      script.variables.length > 0 && '',
      cookies && '// For the console of a browser on this page: it adds the cookies.',
      `const response = await fetch(${literal(origin + path)}, {`,
      ...lines,
      '});',
      'console.log(response.status, await response.text());',
    ]
      .filter((line) => line !== false)
      .join('\n'),
    variables: script.variables,
  };
}

function supertestOf({ request, response }, origin) {
  const { method, path, body, cookies } = request;
  const script = new Writer({ text: (text) => text, secret: (variable) => variable });
  const headers = Object.entries(request.headers).filter(([name]) => name !== 'content-type');
  const client = cookies ? 'agent' : `request(${literal(origin)})`;
  const calls = [
    `.${method.toLowerCase()}(${literal(path)})`,
    ...headers.map(([name, value]) => `.set(${literal(name)}, ${headerLiteral(name, value, script)})`),
    cookies && method !== 'GET' && `.set(${SAME_ORIGIN.map(literal).join(', ')})`,
    body !== undefined && `.send(${script.write(literalParts(withoutSecrets(body), '    '))})`,
    response.status > 0 && `.expect(${response.status})`,
  ].filter(Boolean);
  return {
    code: [
      "import request from 'supertest';",
      '',
      script.variables.length > 0 && `const { ${script.variables.join(', ')} } = process.env;`,
      cookies && '// It keeps the cookies of its responses, so let it sign in first.',
      cookies && `const agent = request.agent(${literal(origin)});`,
      (cookies || script.variables.length > 0) && '',
      `it(${literal(`${method} ${path} answers ${response.status || 'nothing'}`)}, async () => {`,
      `  await ${client}${calls.map((call) => `\n    ${call}`).join('')};`,
      '});',
    ]
      .filter((line) => line !== false)
      .join('\n'),
    variables: script.variables,
  };
}

/** password -> <password>, NEW_PASSWORD -> <new password> */
function placeholder(variable) {
  return `<${variable.toLowerCase().replaceAll('_', ' ')}>`;
}

/** Writes parts, which are texts and secrets, in one language, and lists the variables in use. */
class Writer {
  #language;
  #variables = new Set();

  constructor(language) {
    this.#language = language;
  }

  get variables() {
    return [...this.#variables];
  }

  write(parts) {
    return merged(parts)
      .map((part) => {
        if (!(part instanceof Secret)) return this.#language.text(part);
        this.#variables.add(part.variable);
        return this.#language.secret(part.variable);
      })
      .join('');
  }
}

/** Joins the texts between two secrets. */
function merged(parts) {
  const all = [];
  for (const part of parts.flat(Infinity)) {
    if (typeof part === 'string' && typeof all.at(-1) === 'string') all.push(all.pop() + part);
    else all.push(part);
  }
  return all;
}

/** Returns a copy of a body with a `Secret` in the place of each secret text. */
function withoutSecrets(value, member) {
  if (typeof value === 'string') {
    const variable = SECRET_MEMBERS.get(member);
    return variable && value !== '' ? new Secret(variable) : value;
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(membersOf(value).map(([name, inner]) => [name, withoutSecrets(inner, name)]));
}

/** JSON has no undefined members. */
function membersOf(value) {
  return Object.entries(value).filter(([, inner]) => inner !== undefined);
}

/* JSON */

function jsonParts(value) {
  if (value instanceof Secret) return ['"', value, '"'];
  if (value === null || typeof value !== 'object') return [JSON.stringify(value)];
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const inner = Array.isArray(value)
    ? value.map((item) => jsonParts(item))
    : Object.entries(value).map(([name, item]) => [`${JSON.stringify(name)}:`, jsonParts(item)]);
  return [open, inner.flatMap((item, index) => (index === 0 ? [item] : [',', item])), close];
}

/* The shell */

function headersOf({ headers }) {
  return Object.entries(headers).map(([name, value]) =>
    name === 'authorization'
      ? [`${name}: ${schemeOf(value)} `, new Secret('ACCESS_TOKEN')]
      : [`${name}: ${value}`],
  );
}

function schemeOf(authorization) {
  return authorization.split(' ')[0];
}

/** Single quotes, in which a shell reads every character but themselves as it is. */
function inShell(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/* JavaScript */

function headerLiteral(name, value, script) {
  if (name !== 'authorization') return literal(value);
  return `\`${schemeOf(value)} \${${script.write([new Secret('ACCESS_TOKEN')])}}\``;
}

function literalParts(value, indent) {
  if (value instanceof Secret) return [value];
  if (typeof value === 'string') return [literal(value)];
  if (value === null || typeof value !== 'object') return [JSON.stringify(value)];
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const inside = `${indent}  `;
  const inner = Array.isArray(value)
    ? value.map((item) => literalParts(item, inside))
    : Object.entries(value).map(([name, item]) => [`${memberName(name)}: `, literalParts(item, inside)]);
  if (inner.length === 0) return [open, close];
  return [open, inner.map((item) => [`\n${inside}`, item, ',']), `\n${indent}`, close];
}

/** Every JSON string is a JavaScript string, too. */
function literal(text) {
  const json = JSON.stringify(text);
  return json.includes('\\') || text.includes("'") ? json : `'${text}'`;
}

function memberName(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}
