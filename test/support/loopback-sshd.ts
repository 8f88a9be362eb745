/** A real sshd on the loopback as this user, with keys of its own: another computer that happens to be this one. Its link can be cut. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const SSHD = '/usr/sbin/sshd'
/** Names in its ssh config: the host, the host with a key that it does not know, a port where nobody listens, a host whose key was never seen. */
export const BOX = 'box'
export const STRANGER = 'stranger'
export const SILENT = 'silent'
export const UNSEEN = 'unseen'

export interface Sshd {
  /** For VERITUNE_SSH. */
  readonly program: string
  /** Ends the server and every session, as a cable does that is pulled out. What was started with setsid goes on. */
  cut(): Promise<void>
  /** Lets it listen again, at the same port; nothing where it does. */
  restore(): Promise<void>
  /** Cuts, and removes its files. */
  close(): Promise<void>
}

/** Why there can be none; null where there can. Said once, for tests that are skipped by it. */
export function reasonForNoSshd(): string | null {
  const reason = missing()
  if (reason !== null) console.log(`Tests over ssh are skipped: ${reason}`)
  return reason
}

/** A suite's name, with the reason where it is skipped. */
export function overSsh(name: string, reason: string | null): string {
  return reason === null ? name : `${name} (skipped: ${reason})`
}

function missing(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'hosts are Linux on x64 so far'
  const lacking = [SSHD, '/usr/bin/ssh', '/usr/bin/ssh-keygen'].filter((program) => !existsSync(program))
  if (lacking.length > 0) return `there is no ${lacking.join(', no ')}`
  if (process.getuid?.() !== 0 || existsSync('/run/sshd')) return null
  try {
    // Where sshd locks itself in as long as it does not know who comes; a package makes it with the service.
    mkdirSync('/run/sshd', { mode: 0o755 })
    return null
  } catch (error) {
    return `sshd wants a folder /run/sshd: ${(error as Error).message}`
  }
}

export async function startSshd(): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-sshd-'))
  const port = await freePort()
  for (const name of ['host-key', 'key', 'other-key']) keygen(join(folder, name))
  writeConfigs(folder, port, await freePort())
  let server = await listen(folder, port)
  const cut = async (): Promise<void> => {
    const isGone = server.exitCode !== null || server.signalCode !== null
    const exited = isGone || new Promise((resolve) => server.once('exit', resolve))
    for (const pid of [server.pid!, ...sessionsOf(server.pid!)]) kill(pid)
    await exited
  }
  return {
    program: join(folder, 'ssh'),
    cut,
    restore: async () => {
      if (server.exitCode !== null || server.signalCode !== null) server = await listen(folder, port)
    },
    close: async () => {
      await cut()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function keygen(file: string): void {
  execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
}

function writeConfigs(folder: string, port: number, silentPort: number): void {
  const known = readFileSync(join(folder, 'host-key.pub'), 'utf8')
  writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${known}`)
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${folder}/host-key`,
      `AuthorizedKeysFile ${folder}/key.pub`,
      `PidFile ${folder}/pid`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
    ].join('\n'),
  )
  const entry = (name: string, lines: readonly string[]): string =>
    [`Host ${name}`, ...lines.map((line) => `  ${line}`)].join('\n')
  const way = (key: string, at: number): string[] => ['HostName 127.0.0.1', `Port ${at}`, `IdentityFile ${folder}/${key}`]
  writeFileSync(
    join(folder, 'config'),
    [
      entry(BOX, [...way('key', port), `UserKnownHostsFile ${folder}/known`]),
      entry(STRANGER, [...way('other-key', port), `UserKnownHostsFile ${folder}/known`]),
      entry(SILENT, [...way('key', silentPort), `UserKnownHostsFile ${folder}/known`]),
      entry(UNSEEN, [...way('key', port), `UserKnownHostsFile ${folder}/none`]),
      entry('*', ['IdentitiesOnly yes', 'IdentityAgent none', 'GlobalKnownHostsFile none']),
    ].join('\n'),
  )
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${folder}/config "$@"\n`, { mode: 0o755 })
}

async function listen(folder: string, port: number): Promise<ChildProcess> {
  const server = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.on('data', (text) => (said += String(text)))
  for (let tries = 0; tries < 100; tries++) {
    if (server.exitCode !== null) throw new Error(`sshd ended: ${said}`)
    if (await answers(port)) return server
    await sleep(50)
  }
  throw new Error(`sshd does not listen: ${said}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Processes of sshd below another: what a session runs is another program and only loses its pipes. */
function sessionsOf(parent: number): number[] {
  const children = readdirSync('/proc').flatMap((name) => {
    const [, command, , ppid] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat(name)) ?? []
    return command?.startsWith('sshd') === true && Number(ppid) === parent ? [Number(name)] : []
  })
  return children.flatMap((pid) => [pid, ...sessionsOf(pid)])
}

function stat(pid: string): string {
  try {
    return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
