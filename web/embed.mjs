// Turns dist/ into what the linker takes: `node embed.mjs DIST OUT` writes OUT/pages.bin (all bytes of all files, brotli,
// gzip and as they are), OUT/pages_blob.S (brings it in by .incbin, so no compiler reads it) and OUT/pages_assets.cc (the
// table of pages_assets.h). None of them names a folder, so a release can carry them. Files that did not change are
// not touched, so nothing is built again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join, relative, resolve, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const CONTENT_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.')) return []; // the build manifest is not for browsers
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params });
}

/** The coded bytes when they are worth it, else none. */
function smaller(coded, identity) {
  return coded.length < identity.length ? coded : Buffer.alloc(0);
}

function pageOf(dist, file) {
  const path = `/${relative(dist, file).split(sep).join('/')}`;
  const contentType = CONTENT_TYPES[extname(file)];
  if (!contentType) throw new Error(`${path}: add its content type to embed.mjs`);
  const identity = readFileSync(file);
  return {
    path,
    contentType,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    immutable: path.startsWith('/assets/'),
    codings: [smaller(brotli(identity), identity), smaller(gzipSync(identity, { level: 9 }), identity), identity],
  };
}

/** The same order as memcmp on UTF-8. */
function byPath(a, b) {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}

function tableOf(pages) {
  let offset = 0;
  const rows = pages.map(({ path, contentType, etag, immutable, codings }) => {
    const views = codings.map(({ length }) => {
      const view = length === 0 ? '{}' : `{weft_web_blob + ${offset}, ${length}}`;
      offset += length;
      return view;
    });
    return `    {"${path}", "${contentType}", "\\"${etag}\\"", ${immutable}, ${views.join(', ')}},\n`;
  });
  return [
    '// Made by web/embed.mjs.',
    '#include "web/pages_assets.h"\n',
    `extern "C" const char weft_web_blob[${offset}];\n`,
    'namespace weft::web {\nnamespace {\n',
    `constexpr Page kPages[] = {\n${rows.join('')}};\n`,
    '}  // namespace\n',
    'std::span<const Page> pages() { return kPages; }\n',
    '}  // namespace weft::web\n',
  ].join('\n');
}

function blobSource() {
  return (
    '/* Made by web/embed.mjs. */\n    .section .rodata\n    .global weft_web_blob\n    .type weft_web_blob, %object\n' +
    'weft_web_blob:\n    .incbin "pages.bin"\n    .size weft_web_blob, . - weft_web_blob\n' +
    '    .section .note.GNU-stack,"",%progbits\n'
  );
}

function writeChanged(file, content) {
  const bytes = Buffer.from(content);
  if (!existsSync(file) || !readFileSync(file).equals(bytes)) writeFileSync(file, bytes);
}

function main([source, target]) {
  if (!source || !target) throw new Error('usage: node embed.mjs DIST OUT');
  const out = resolve(target);
  mkdirSync(out, { recursive: true });
  const dist = resolve(source);
  const pages = filesBelow(dist).map((file) => pageOf(dist, file)).sort(byPath);
  if (!pages.some(({ path }) => path === '/index.html')) throw new Error(`${dist} holds no index.html`);
  writeChanged(join(out, 'pages.bin'), Buffer.concat(pages.flatMap(({ codings }) => codings)));
  writeChanged(join(out, 'pages_blob.S'), blobSource());
  writeChanged(join(out, 'pages_assets.cc'), tableOf(pages));
}

main(process.argv.slice(2));
