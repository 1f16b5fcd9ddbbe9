// Builds `dist`, which is what is shipped: `npm run build`.
//
// - `esm` and `cjs`: the package for bundlers and Node, with types. The validators are a module of their own there.
// - `miniprogram`: all that decoding and encoding need in one file, for whoever copies files instead of installing
//   packages. Old phones run it, so it is in the JavaScript of 2015.

import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';

import { build } from 'esbuild';

import { HERE } from './documents.mjs';
import { writeValidators } from './validators.mjs';

process.chdir(HERE);
rmSync('dist', { recursive: true, force: true });

const { code, declarations } = writeValidators();
writeFileSync('npm/src/validators.js', code);
writeFileSync('npm/src/validators.d.ts', declarations);

const banner = { js: '/* roomwire-schemas, MIT OR Apache-2.0 */' };
const shared = { banner, bundle: true, charset: 'utf8', logLevel: 'warning' };

/** Leaves the validators where they are: the codec and whoever wants them bare share one copy. */
const validatorsBeside = {
  name: 'validators-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/validators\.js$/ }, () => ({ path: './validators.js', external: true }));
  },
};

for (const format of ['esm', 'cjs']) {
  const options = { ...shared, format, target: 'es2020' };
  const outdir = `dist/${format}`;
  await build({ ...options, entryPoints: ['npm/src/index.ts'], outdir, plugins: [validatorsBeside] });
  // Nobody reads what Ajv wrote, so at least nobody loads its white space.
  await build({ ...options, entryPoints: ['npm/src/validators.js'], outdir, minify: true });
}
await build({
  ...shared,
  entryPoints: ['npm/src/index.ts'],
  format: 'cjs',
  minify: true,
  outdir: 'dist/miniprogram',
  target: 'es2015',
});

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'npm/build/tsconfig.json'], {
  stdio: 'inherit',
});
writeFileSync('dist/esm/validators.d.ts', declarations);
for (const folder of ['dist/cjs', 'dist/miniprogram']) {
  cpSync('dist/esm', folder, { recursive: true, filter: (path) => !path.endsWith('.js') });
}
rmSync('dist/miniprogram/validators.d.ts');
for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) cpSync(`../${licence}`, `dist/${licence}`);
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
