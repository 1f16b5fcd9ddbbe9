// Text as HTML, and the links in it.

import { meta } from './sources.mjs';

export function escape(text) {
  return String(text).replace(
    /[&<>"]/g,
    (character) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[character]};`,
  );
}

export function code(text) {
  return `<code>${escape(text)}</code>`;
}

/** A sentence of the spec or the schemas: code between backticks, requirements linked. */
export function prose(text) {
  const linked = (plain) =>
    escape(plain)
      .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
      .replace(/\b[A-Z]{2,5}-\d+\b/g, (id) => (REQUIREMENTS.has(id) ? `<a class="req" href="#${id}">${id}</a>` : id));
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? linked(part) : code(part)))
    .join('');
}

const REQUIREMENTS = new Set(meta.requirements.map(({ id }) => id));

/** The requirements that a schema names in its comment and not in its description. */
export function cited({ $comment = '', description = '' }) {
  const [inComment, inDescription] = [$comment, description].map((text) => text.match(/\b[A-Z]{2,5}-\d+\b/g) ?? []);
  return inComment
    .filter((id) => !inDescription.includes(id))
    .map(prose)
    .join(' ');
}

export function table(heads, rows, name = 'plain') {
  const row = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells) => row(cells, 'td')).join('\n');
  return `<div class="wide"><table class="${name}">\n<thead>${row(heads, 'th')}</thead>\n<tbody>\n${body}\n</tbody>\n</table></div>`;
}

export function section(level, id, title, ...parts) {
  return `<section id="${id}">\n<h${level}><a href="#${id}">${title}</a></h${level}>\n${parts.filter(Boolean).join('\n')}\n</section>`;
}
