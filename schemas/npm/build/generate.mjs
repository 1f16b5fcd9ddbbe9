// Writes what is generated here and committed: `npm run generate`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { HERE } from './documents.mjs';
import { writeReference } from './reference.mjs';
import { writeWire } from './wire.mjs';

/** Every such file, by its path from the folder of the package, and what it should hold. */
export async function outputs() {
  return new Map([
    ['npm/src/wire.ts', await writeWire()],
    ['../docs/reference/index.html', writeReference()],
  ]);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [path, content] of await outputs()) {
    mkdirSync(dirname(HERE + path), { recursive: true });
    writeFileSync(HERE + path, content);
  }
}
