// An example as it goes over the wire, and unwrapped: each string that holds JSON as what it holds, in a box.

import { code, escape } from './html.mjs';
import { alternatives, heldBy, resolve } from './sources.mjs';

export function example(instance, name) {
  const wire = `<figcaption>on the wire</figcaption><pre class="wire">${escape(JSON.stringify(instance))}</pre>`;
  const inside = unwrapped(instance, name, 0);
  const opened = `<figcaption>unwrapped</figcaption><div class="unwrapped">${inside}</div>`;
  return `<figure class="example">\n${wire}\n${inside.includes('class="box') ? opened : ''}</figure>`;
}

/** An example of JSON that is in no string: it is only made legible. */
export function plainExample(instance) {
  return `<figure class="example"><pre>${escape(JSON.stringify(instance, null, 2))}</pre></figure>`;
}

function unwrapped(instance, name, depth) {
  const properties = meant(instance, name)?.properties ?? {};
  const rows = Object.entries(instance).map(([member, value]) => {
    const held = heldBy(properties[member] || {});
    const inner = held === undefined ? undefined : parsed(value);
    const shown = inner === undefined ? plain(value) : box(unwrapped(inner, held, depth + 1), held, depth);
    return `<dt>${code(member)}</dt><dd>${shown}</dd>`;
  });
  return `<dl>${rows.join('')}</dl>`;
}

function box(content, name, depth) {
  return `<div class="box depth${depth}"><span class="tag">a string that holds <a href="#${name}">${name}</a></span>${content}</div>`;
}

function plain(value) {
  return `<code class="value">${escape(JSON.stringify(value))}</code>`;
}

/** Which alternative of a schema an instance is: the one whose constants are its own, and whose members it has. */
function meant(instance, name) {
  const candidates = alternatives(name).map(resolve);
  return candidates.find(({ properties = {}, required = [] }) => {
    const fits = ([member, schema]) =>
      schema === false ? !(member in instance) : schema.const === undefined || schema.const === instance[member];
    return Object.entries(properties).every(fits) && required.every((member) => member in instance);
  });
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
