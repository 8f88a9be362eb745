/** What ssh says on stderr -> one sentence with a remedy. */
import { Failure, type FailureCode } from '#contract/failure'

/** The exit code of ssh itself; others are those of the command on the host. */
const SSH_ERROR = 255

/** Tried from the first on. `REMOTE HOST IDENTIFICATION` comes together with `Host key verification failed`. */
const SIGNS: readonly (readonly [sign: RegExp, code: FailureCode])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|host key .* has changed/i, 'remote.changed-key'],
  [/Host key verification failed|No \S+ host key is known/i, 'remote.unknown-key'],
  [/Permission denied|Too many authentication failures|No supported authentication|sign_and_send_pubkey/i, 'remote.denied'],
  [/Could not resolve hostname|Name or service not known|nodename nor servname/i, 'remote.unknown-name'],
  [/Connection refused/i, 'remote.refused'],
  [/timed out|No route to host|Network is unreachable|Host is down|not responding/i, 'remote.no-answer'],
  [
    /Connection closed|Connection reset|Broken pipe|kex_exchange_identification|client_loop|closed by remote host/i,
    'remote.lost',
  ],
]

/** Worth another try without anybody doing anything: a link that was cut, a computer that sleeps. */
const PASSING: readonly string[] = [
  'remote.lost',
  'remote.no-answer',
  'remote.refused',
  'remote.unknown-name',
] satisfies FailureCode[]

export function isPassing(error: unknown): boolean {
  return error instanceof Failure && PASSING.includes(error.code)
}

export interface Ended {
  readonly host: string
  /** null: it was killed. */
  readonly code: number | null
  readonly stderr: string
  /** What was to be done, as in "could not …". */
  readonly what: string
  /** Where it was to write; left out where it was not. */
  readonly folder?: string
}

/** Of a command that did not end well. */
export function failureOf({ host, code, stderr, what, folder = '~' }: Ended): Failure {
  const reason = lastWords(stderr, code)
  if (code === null) return new Failure('remote.lost', { host })
  if (code === SSH_ERROR) {
    const found = SIGNS.find(([sign]) => sign.test(stderr))
    return new Failure(found?.[1] ?? 'remote.command', { host, what: 'be reached by ssh', reason })
  }
  if (/No space left on device|Disk quota exceeded/i.test(stderr)) return new Failure('remote.disk-full', { host })
  if (/Permission denied|Read-only file system|Not a directory|Operation not permitted/i.test(stderr))
    return new Failure('remote.not-writable', { host, folder, reason })
  return new Failure('remote.command', { host, what, reason })
}

/** The last line that says something, without its end. */
function lastWords(stderr: string, code: number | null): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const last = lines.findLast((line) => line !== '') ?? `it ended with ${code}`
  return last.replace(/[.]+$/, '').slice(0, 300)
}
