/** The real browser host as a process of its own, with a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

export interface HostProcess {
  /** Address with the token of the first visit. */
  readonly url: string
  readonly child: ChildProcess
  /** Ends the host; runs that it started go on. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Starts the host and waits for its address on stdout; throws with what it said when none comes. port 0 takes a free one. */
export async function startHost(home: string, port = 0, environment: NodeJS.ProcessEnv = {}): Promise<HostProcess> {
  const child = spawn(process.execPath, ['src-main/host.ts', '--port', String(port), '--no-open'], {
    cwd: ROOT,
    env: { ...process.env, ...environment, VERITUNE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const url = await addressOf(child)
  return {
    url,
    child,
    kill: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await exited
    },
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = ''
    const timer = setTimeout(() => failed(new Error(`the host gave no address within 120 s:\n${said}`)), 120_000)
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      const url = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(said)?.[0]
      if (url === undefined) return
      clearTimeout(timer)
      found(url)
    }
    child.stdout!.on('data', listen)
    child.stderr!.on('data', listen)
    child.once('exit', (code) => {
      clearTimeout(timer)
      failed(new Error(`the host ended with code ${code}:\n${said}`))
    })
  })
}
