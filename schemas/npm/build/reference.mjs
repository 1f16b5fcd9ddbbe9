// The reference of the wire as one page that needs nothing else: no network, no script, no other file.
//
// It is drawn from the schemas, not from `asyncapi.json`: the well-known renderer of AsyncAPI knows no
// `contentSchema`, and so stops at "string" where this wire begins.

import { readFileSync } from 'node:fs';

import { cited, code, escape, prose, section, table } from './reference/html.mjs';
import { example, plainExample } from './reference/examples.mjs';
import { memberTable } from './reference/members.mjs';
import { alternatives, documents, heldBy, meta, resolve } from './reference/sources.mjs';

const CSS = readFileSync(new URL('reference/style.css', import.meta.url), 'utf8');

/** The text of `docs/reference/index.html`. */
export function writeReference() {
  const chapters = [
    ['frames', 'How a frame is wrapped', nesting],
    ['client', 'What clients send', () => alternatives('ClientFrame').map(clientFrame)],
    ['server', 'What servers send', () => alternatives('ServerFrame').map(serverFrame)],
    ['said', 'What is said', said],
    ['http', 'HTTP beside the socket', http],
    ['others', 'Other schemas', others],
    ['errors', 'Errors', errors],
    ['closing', 'Close codes', closing],
    ['limits', 'Limits', limits],
    ['requirements', 'Requirements', requirements],
  ];
  described.clear();
  tables.clear();
  const body = chapters.map(([id, title, write]) => section(2, id, title, ...[write()].flat()));
  const contents = chapters.map(([id, title]) => `<li><a href="#${id}">${title}</a>${within(id)}</li>`).join('\n');
  return `<!doctype html>
<!-- Generated from schemas/v1 by \`npm run generate\` in schemas/; do not edit. -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Roomwire ${meta.version}: reference</title>
<style>
${CSS}</style>
</head>
<body>
<nav aria-label="Contents">
<p class="name"><a href="#top">Roomwire ${meta.version}</a></p>
<ul>
${contents}
</ul>
</nav>
<main id="top">
<h1>Roomwire ${meta.version}: reference</h1>
<p>Every frame of the wire, with what is in it. It is made from the schemas, and says what a frame looks like; how
client and server behave is in the specification, whose requirements are quoted <a href="#requirements">at the end</a>.
Members that are not listed may be there, at every level, and are ignored.</p>
${body.join('\n')}
</main>
</body>
</html>
`;
}

/** The frames of a chapter, for the contents. */
function within(chapter) {
  const name = { client: 'ClientFrame', server: 'ServerFrame' }[chapter];
  if (name === undefined) return '';
  const links = alternatives(name).map((frame) => `<li><a href="#${frame}">${numbers(frame)}</a></li>`);
  return `<ul>${links.join('')}</ul>`;
}

function nesting() {
  const chat = resolve('ChatRequest').examples[0];
  return [
    `<p>A frame is one JSON object in one WebSocket text message: the envelope. One of its members is a string that
holds JSON once more, ${code('payLoad')} on the way to a server and ${code('data')} on the way back; in a chat the chatInfo
is a string inside that, and in a question or an answer so is its ${code('content')}. A validator does not look into
strings, so each layer has a schema of its own.</p>`,
    example(chat, 'ChatRequest'),
  ];
}

/** What a frame is called in lists: its numbers and its name. */
function numbers(frame) {
  const { properties } = resolve(frame);
  const { type, code: happened } = { type: properties.type.const, code: properties.code?.const };
  if (properties.code === undefined) return `${type} ${nameOf(type)}`;
  return happened === undefined ? '4xx, 5xx error' : `${type}, ${happened} ${nameOf(type, happened)}`;
}

function nameOf(type, happened) {
  if (happened === undefined) return meta.types.find((one) => one.type === type).name;
  return meta.codes.find((one) => one.type === type && one.code === happened).name;
}

function clientFrame(name) {
  const { type } = resolve(name).properties;
  const known = meta.types.find((one) => one.type === type.const);
  return frame(name, known.profile, 'payLoad');
}

function serverFrame(name) {
  const { type, code: happened } = resolve(name).properties;
  const known = meta.codes.find((one) => one.type === type.const && one.code === happened.const);
  return frame(name, known?.profile ?? 'core', 'data');
}

function frame(name, profile, member) {
  const schema = resolve(name);
  const held = heldBy(schema.properties[member]);
  return section(
    3,
    name,
    `${numbers(name)} <small>${name}</small>`,
    `<p>${prose(schema.description)} <span class="profile">profile ${profile}</span> ${cited(schema)}</p>`,
    memberTable(schema),
    // What is said has a chapter of its own, and a document that several frames hold is described at the first.
    held !== undefined && !SAID.includes(held) && !described.has(held) && document(held, `in ${code(member)}: `),
    ...(schema.examples ?? []).slice(0, 1).map((instance) => example(instance, name)),
  );
}

const SAID = ['ChatInfo', 'ChatInfoDelivered'];

// The documents that this page has described so far.
const described = new Set();

// Whose members each table of alternatives shows.
const tables = new Map();

/** A document that stands in a string, or in a body. */
function document(name, before = '') {
  described.add(name);
  const schema = resolve(name);
  return section(
    4,
    name,
    `${before}${name}`,
    `<p>${prose(schema.description)} ${cited(schema)}</p>`,
    ...(schema.oneOf === undefined ? [memberTable(schema)] : alternatives(name).map(alternative)),
  );
}

function alternative(name) {
  if (described.has(name)) return `<h5><a href="#${name}">${name}</a></h5>\n<p>As above.</p>`;
  const schema = resolve(name);
  const members = memberTable(schema);
  const twin = tables.get(members);
  described.add(name);
  tables.set(members, name);
  const shown = twin === undefined ? members : `<p>Its members are those of <a href="#${twin}">${twin}</a>.</p>`;
  return `<h5 id="${name}">${name}</h5>\n<p>${prose(schema.description)} ${cited(schema)}</p>\n${shown}`;
}

function said() {
  const names = ['ChatInfo', 'QuestionContent', 'AnswerContent', 'ChatInfoDelivered', 'AnswerContentDelivered'];
  return names.map((name) => document(name));
}

function http() {
  const titled = (name) => (name === null ? undefined : documents.get(name).title);
  const calls = meta.http.map(({ method, path, request, response, profile }) =>
    section(
      3,
      `http-${response}`,
      `${method} ${escape(path)}`,
      `<p>${method === 'GET' ? prose('HIST-14 and HIST-18 say what stands in the query. ') : ''}<span class="profile">profile
${profile}</span></p>`,
      ...[titled(request), titled(response)]
        .filter(Boolean)
        .flatMap((name) => [
          document(name, name === titled(request) ? 'body: ' : 'answer: '),
          ...(resolve(name).examples ?? []).slice(0, 1).map(plainExample),
        ]),
    ),
  );
  return [...calls, document('HistoryItem')];
}

/** Every schema that no frame and no body holds: what must be readable, and what is held by what may hold anything. */
function others() {
  const titles = [...documents.values()].map(({ title }) => title);
  const left = titles.filter((title) => !described.has(title) && title !== 'ClientFrame' && title !== 'ServerFrame');
  return left.map((title) => document(title));
}

function errors() {
  const rows = meta.reasons.map(({ reason, code: number, replacesAny }, index) => [
    replacesAny ? 'any' : index + 1,
    number,
    code(reason),
  ]);
  return [
    `<p>In order of precedence: a frame with several faults gets the first. The last two may take the place of any other
answer. The frame is <a href="#ErrorFrame">ErrorFrame</a>.</p>`,
    table(['', 'code', 'reason'], rows),
  ];
}

function closing() {
  const bands = meta.closeCodeBands.map(({ band, first, last }) => [
    `${first} to ${last}`,
    escape(band.replace(/-/g, ' ')),
  ]);
  const codes = meta.closeCodes.map(({ code: number, name, band }) => [
    number,
    escape(name.replace(/_/g, ' ')),
    escape((band ?? '').replace(/-/g, ' ')),
  ]);
  return [
    '<p>A client treats a code that it does not know by its band.</p>',
    table(['band', 'what to do'], bands),
    table(['code', 'meaning', 'what to do'], codes),
  ];
}

function limits() {
  const declared = meta.limits.map((one) => [code(one.name), one.default, escape(one.unit), escape(one.profile)]);
  const fixed = meta.bounds.map(({ name, value, unit }) => [escape(name), value, escape(unit)]);
  return [
    '<p>What a server says of itself in each 201:</p>',
    table(['limit', 'usual value', 'unit', 'profile'], declared),
    '<p>What holds everywhere:</p>',
    table(['what', 'bound', 'unit'], fixed),
  ];
}

function requirements() {
  const chapters = new Map();
  for (const one of meta.requirements) chapters.set(one.chapter, [...(chapters.get(one.chapter) ?? []), one]);
  return [...chapters].map(([chapter, ones]) => {
    const items = ones.map(
      ({ id, text, binds }) =>
        `<dt id="${id}"><a href="#${id}">${id}</a></dt><dd>${binds === 'client' ? '<em>(client)</em> ' : ''}${prose(text)}</dd>`,
    );
    return `<h3>${escape(chapter)}</h3>\n<dl class="requirements">\n${items.join('\n')}\n</dl>`;
  });
}
