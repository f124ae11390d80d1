// Fails when the loader or the page has grown over its budget (bytes after gzip).
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMITS = { loader: 10 * 1024, page: 80 * 1024 };

const dist = new URL('../dist/', import.meta.url);
const size = (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length;
const assets = readdirSync(new URL('assets/', dist)).filter((name) => /\.(js|css)$/.test(name));
const sizes = {
  loader: size('widget.js'),
  page: size('chat.html') + assets.reduce((sum, name) => sum + size('assets/' + name), 0),
};
for (const [name, bytes] of Object.entries(sizes)) {
  console.log(`${name}: ${bytes} bytes gz of ${LIMITS[name]}`);
  if (bytes > LIMITS[name]) process.exitCode = 1;
}
