// The page is whole: everything is on it, every link leads somewhere, and it needs nothing from elsewhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { namedSchemas, readDocuments } from '../build/documents.mjs';
import { prose } from '../build/reference/html.mjs';
import { writeReference } from '../build/reference.mjs';
import { meta } from './judge.mjs';

const page = writeReference();
const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);

test('every object of the wire is on the page, and every requirement', () => {
  // The choice of all frames is two chapters, and these stand in the tables of those who have them.
  const within = ['ClientFrame', 'ServerFrame', 'HistoryPage', 'Limits', 'Member', 'QuestionAdded', 'Since'];
  for (const [name, { type, oneOf }] of namedSchemas(readDocuments())) {
    if (type !== 'object' && oneOf === undefined) continue;
    assert.ok(ids.includes(name) || within.includes(name), name);
  }
  for (const { id } of meta.requirements) assert.ok(ids.includes(id), id);
  for (const { reason } of meta.reasons) assert.ok(page.includes(`<code>${reason}</code>`), reason);
  for (const { code } of meta.closeCodes) assert.ok(page.includes(`<td>${code}</td>`), code);
});

test('every link leads to one place on the page', () => {
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
  const links = [...page.matchAll(/ href="([^"]*)"/g)].map(([, link]) => link);
  assert.ok(links.length > 500);
  for (const link of links) assert.ok(ids.includes(link.slice(1)) && link.startsWith('#'), link);
});

test('the page needs no network, no script and no other file', () => {
  assert.doesNotMatch(page, /<script|<link|<img|<iframe| src=|@import|url\(/);
});

test('an example is unwrapped to the bottom', () => {
  assert.match(
    page,
    /a string that holds <a href="#ChatPayload">.*a string that holds <a href="#ChatInfo">.*a string that holds <a href="#AnswerContent">/,
  );
});

test('text is text, and code and requirements in it are marked', () => {
  assert.equal(
    prose('a < b & "c", `<d>` (BEAT-1)'),
    ['a &lt; b &amp; &quot;c&quot;, <code>&lt;d&gt;</code> ', '(<a class="req" href="#BEAT-1">BEAT-1</a>)'].join(''),
  );
  assert.equal(prose('UTF-8'), 'UTF-8');
});

test('what stands in a schema cannot break the page', () => {
  const open = (tag) => [...page.matchAll(new RegExp(`<${tag}[ >]`, 'g'))].length;
  const closed = (tag) => [...page.matchAll(new RegExp(`</${tag}>`, 'g'))].length;
  for (const tag of ['section', 'table', 'tr', 'td', 'dl', 'dd', 'p', 'code', 'a', 'div', 'h5'])
    assert.equal(open(tag), closed(tag), tag);
});
