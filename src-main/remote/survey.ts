/** A first look at a host: what it is, and where things would lie there. One command of sh, which needs nothing of ours. */
import { Failure } from '#contract/failure'
import type { KnownHost } from '#contract/hosts'
import { runOnHost, type RunOptions } from './ssh.ts'

export interface Survey {
  /** As Node names it where it is one that we know: `linux-x64`; else as the host says: `Darwin arm64`. */
  readonly platform: string
  /** Of glibc; null where there is another C library. */
  readonly glibc: string | null
  /** Absolute; it need not be there yet. */
  readonly folder: string
  /** May be written to, or made. */
  readonly isWritable: boolean
  readonly freeBytes: number
  readonly cores: number
  readonly memoryBytes: number
  readonly hasRsync: boolean
  readonly hasSetsid: boolean
  /** Of a Node that a command finds there; null: none. */
  readonly node: string | null
}

/** $1 the folder. The nearest folder that is there tells of disk and permission. */
const STATEMENTS = [
  'f=$1',
  'case "$f" in "~") f=$HOME ;; "~/"*) f="$HOME/${f#??}" ;; esac',
  'p=$f',
  'until [ -d "$p" ]; do p=$(dirname "$p"); done',
  'echo "system=$(uname -s) $(uname -m)"',
  'echo "glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"',
  'echo "folder=$f"',
  '[ -w "$p" ] && echo "writable=yes"',
  'echo "free=$(df -Pk "$p" 2>/dev/null | tail -n 1)"',
  'echo "cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null)"',
  'echo "memory=$(grep MemTotal /proc/meminfo 2>/dev/null)"',
  'echo "rsync=$(command -v rsync)"',
  'echo "setsid=$(command -v setsid)"',
  'echo "node=$(node --version 2>/dev/null)"',
]

/** Throws Failure remote.*. */
export async function surveyHost({ name, folder }: KnownHost, options: RunOptions = {}): Promise<Survey> {
  const said = await runOnHost(name, { what: 'be looked at', statements: STATEMENTS, args: [folder] }, options)
  const facts = factsIn(said)
  const fact = (key: string): string => facts.get(key) ?? ''
  return {
    platform: platformOf(fact('system')),
    glibc: /^glibc (\S+)/.exec(fact('glibc'))?.[1] ?? null,
    folder: fact('folder'),
    isWritable: fact('writable') === 'yes',
    freeBytes: Number(/(\d+)\s+\d+%/.exec(fact('free'))?.[1] ?? 0) * 1024,
    cores: Number(fact('cores')) || 1,
    memoryBytes: Number(/(\d+) kB/.exec(fact('memory'))?.[1] ?? 0) * 1024,
    hasRsync: fact('rsync') !== '',
    hasSetsid: fact('setsid') !== '',
    node: fact('node') || null,
  }
}

/** Lines `key=value`. */
export function factsIn(said: string): Map<string, string> {
  const pairs = said.split('\n').flatMap((line) => {
    const sign = line.indexOf('=')
    return sign < 1 ? [] : [[line.slice(0, sign), line.slice(sign + 1).trim()] as const]
  })
  return new Map(pairs)
}

function platformOf(system: string): string {
  return system === 'Linux x86_64' ? 'linux-x64' : system
}

const PLATFORM = 'linux-x64'

/** Throws Failure remote.platform, remote.no-setsid, remote.not-writable. */
export function refuseHost(host: string, { platform, glibc, hasSetsid, isWritable, folder }: Survey): void {
  if (platform !== PLATFORM || glibc === null) {
    throw new Failure('remote.platform', { host, platform: platform === PLATFORM ? 'Linux without glibc' : platform })
  }
  if (!hasSetsid) throw new Failure('remote.no-setsid', { host })
  if (!isWritable) throw new Failure('remote.not-writable', { host, folder, reason: 'it may not be written to' })
}
