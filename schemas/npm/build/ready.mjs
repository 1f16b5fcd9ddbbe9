// Says what is missing before the tests do, in words that help.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const missing = [];

const [major] = process.versions.node.split('.');
if (Number(major) < 20) {
  missing.push(`Node 20 or later: this is ${process.version}.`);
}
if (!existsSync(new URL('../../node_modules/ajv', import.meta.url))) {
  missing.push('the packages that the tests use: run `npm ci` in schemas/.');
}
const cargo = spawnSync('cargo', ['--version']);
if (cargo.error !== undefined || cargo.status !== 0) {
  missing.push(
    'cargo, which runs the Rust decoder that the validators are compared with: install Rust ' +
      '(rust-toolchain.toml says which), or run the other tests by themselves: `node --test npm/test/vectors.test.mjs`.',
  );
}

if (missing.length > 0) {
  console.error(`The tests of schemas/ need\n${missing.map((one) => `- ${one}`).join('\n')}`);
  process.exit(1);
}
