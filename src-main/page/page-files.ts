/** The built page as files, for whatever serves it: the desktop's own protocol or HTTP. */
import { readFile, stat } from 'node:fs/promises'
import { extname, join, relative, resolve, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

export interface PageFile {
  readonly body: Buffer<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** The file that a URL path names inside `folder`, with the headers that it must be served under; null when there is none or it lies outside. */
export async function readPageFile(
  folder: string,
  urlPath: string,
  connectSources: readonly string[] = [],
): Promise<PageFile | null> {
  const file = fileOf(folder, urlPath)
  if (file === null || !(await isFile(file))) return null
  const type = TYPES[extname(file)] ?? 'application/octet-stream'
  return { body: await readFile(file), headers: { 'content-type': type, ...pageHeaders(connectSources) } }
}

/** Headers of every answer: nothing from elsewhere runs, frames or guesses. `connectSources`: addresses beside its own that the page may connect to. */
export function pageHeaders(connectSources: readonly string[] = []): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `connect-src ${["'self'", ...connectSources].join(' ')}`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return {
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
}

/** Path on disk; null for a path that leaves the folder, however it is spelt. */
function fileOf(folder: string, urlPath: string): string | null {
  const decoded = decode(urlPath)
  if (decoded === null || decoded.includes('\0') || decoded.includes('\\') || /[A-Za-z]:/.test(decoded)) return null
  const root = resolve(folder)
  const file = resolve(join(root, decoded === '/' ? 'index.html' : decoded))
  const inside = relative(root, file)
  return inside === '' || inside === '..' || inside.startsWith(`..${sep}`) ? null : file
}

function decode(urlPath: string): string | null {
  try {
    return decodeURIComponent(urlPath)
  } catch {
    return null
  }
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
