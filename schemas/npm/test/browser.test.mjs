// A real browser, where there is one: what Node's own engine says of a page or of a module is not yet what Chromium
// does. It is sought on the PATH, or is the program in CHROME_PATH.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { before, test } from 'node:test';

import * as inNode from 'roomwire-schemas';
import { validators } from 'roomwire-schemas/validators';

import { HERE } from '../build/documents.mjs';
import { judge, meta, readVectors } from './judge.mjs';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const browser = process.env.CHROME_PATH || BROWSERS.map(findOnPath).find((path) => path !== undefined);
const skip = browser === undefined && 'there is no Chromium on the PATH, and none in CHROME_PATH';

const frames = readVectors().filter(({ direction, open }) => direction !== 'http' && open === undefined);

// In the page: decodes all frames by both builds, judges them by the validators, looks at the reference, and posts it.
const PROGRAM = `
  import * as modules from '/dist/esm/index.js';
  import { validators } from '/dist/esm/validators.js';
  import file from '/file.mjs';
  import { judge } from '/judge.mjs';

  const answers = {};
  try {
    try { answers.evaluates = eval('true'); } catch (error) { answers.evaluates = error.name; }
    const frames = await (await fetch('/frames')).json();
    const decode = (all) => frames.map(({ direction, frame }) =>
      all[direction === 'client' ? 'decodeClientFrame' : 'decodeServerFrame'](frame));
    answers.modules = decode(modules);
    answers.file = decode(file);
    answers.layers = frames.map(({ direction, frame }) =>
      judge(direction, frame, (name, value) => validators[name](value)));
    const page = document.querySelector('iframe').contentDocument;
    const links = [...page.querySelectorAll('a[href]')];
    answers.reference = {
      height: page.documentElement.scrollHeight,
      links: links.length,
      dead: links.map((link) => link.getAttribute('href'))
        .filter((link) => !link.startsWith('#') || page.getElementById(link.slice(1)) === null),
      wide: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    };
  } catch (error) {
    answers.error = String(error.stack);
  }
  await fetch('/answers', { method: 'POST', body: JSON.stringify(answers) });
`;

// The program waits for the frame, which stands before it, by being loaded last.
const PAGE = `<!doctype html><title>Roomwire</title><iframe src="/reference" width="375" height="600"></iframe>
  <script type="module" src="/when-loaded.mjs"></script>`;

const wrapped = (source) =>
  `const module = { exports: {} };\n((module, exports) => {${source}\n})(module, module.exports);\nexport default module.exports;`;
// The reading side of judge.mjs, with what the browser has in place of files.
const judging = () =>
  [
    `const meta = ${JSON.stringify({ layers: meta.layers })};`,
    judge.toString().replace(/^function/, 'export function'),
    'function parse(json) { try { return JSON.parse(json); } catch { return undefined; } }',
  ].join('\n');

const read = (path) => readFileSync(HERE + path, 'utf8');
const FILES = {
  '/': ['text/html', () => PAGE],
  '/when-loaded.mjs': [
    'text/javascript',
    () =>
      `addEventListener('load', () => import('/program.mjs'));\nif (document.readyState === 'complete') import('/program.mjs');`,
  ],
  '/program.mjs': ['text/javascript', () => PROGRAM],
  '/file.mjs': ['text/javascript', () => wrapped(read('dist/miniprogram/index.js'))],
  '/judge.mjs': ['text/javascript', judging],
  '/frames': ['application/json', () => JSON.stringify(frames)],
  '/reference': ['text/html', () => read('../docs/reference/index.html')],
};

let answers;
before(async () => {
  if (!skip) answers = await answersOf(browser);
});

test('the page forbids eval, and so shows something', { skip }, () => {
  assert.equal(answers.error, undefined);
  assert.equal(answers.evaluates, 'EvalError');
});

test('the modules and the one file decode every vector there as in Node', { skip }, () => {
  assert.ok(frames.length > 100);
  frames.forEach(({ id, direction, frame }, index) => {
    const decode = direction === 'client' ? inNode.decodeClientFrame : inNode.decodeServerFrame;
    const here = JSON.parse(JSON.stringify(decode(frame)));
    assert.deepEqual(answers.modules[index], here, id);
    assert.deepEqual(answers.file[index], here, id);
  });
});

test('the validators judge every vector there as in Node', { skip }, () => {
  frames.forEach(({ id, direction, frame }, index) => {
    assert.deepEqual(
      answers.layers[index],
      judge(direction, frame, (name, value) => validators[name](value)),
      id,
    );
  });
});

test('the reference is shown without any other file, and its links lead somewhere', { skip }, () => {
  const { height, links, dead } = answers.reference;
  assert.ok(height > 10_000, `${height} pixels`);
  assert.ok(links > 500);
  assert.deepEqual(dead, []);
});

test('the reference is no wider than the screen of a phone', { skip }, () => {
  assert.equal(answers.reference.wide, 0);
});

function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // It is not there.
    }
  }
  return undefined;
}

/** Shows the page to a browser, and waits for what it finds. */
async function answersOf(program) {
  let told;
  const answered = new Promise((resolve) => {
    told = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      told(JSON.parse(body));
      return response.end();
    }
    const known = FILES[request.url];
    const source = known
      ? known[1]()
      : /^\/dist\/esm\/[\w-]+\.js$/.test(request.url)
        ? read(request.url.slice(1))
        : undefined;
    if (source === undefined) return response.writeHead(404).end();
    // Scripts are files of ours, and nothing is made code; the reference has a style of its own, and loads nothing.
    const reference = "default-src 'none'; style-src 'unsafe-inline'";
    response.writeHead(200, {
      'Content-Type': `${known?.[0] ?? 'text/javascript'}; charset=utf-8`,
      'Content-Security-Policy': request.url === '/reference' ? reference : "default-src 'self'",
    });
    return response.end(source);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const profile = mkdtempSync(join(tmpdir(), 'roomwire-browser-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`];
  const url = `http://127.0.0.1:${server.address().port}/`;
  const child = spawn(program, [...flags, url], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part) => {
    said = (said + part).slice(-2000);
  });
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, 60_000);
  });
  const found = await Promise.race([answered, ended, late]);
  clearTimeout(timer);
  child.kill();
  await ended;
  server.close();
  server.closeAllConnections();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  assert.ok(found, `${program} did not answer within a minute: ${said}`);
  return found;
}
