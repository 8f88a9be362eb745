/** An engine over several hosts: here two torchruns of one machine, which meet as those of two hosts do. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { aMinibatch } from '#test/support/a-minibatch'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { PYTHON } from '#test/support/python'
import { MISSING_TORCH, TORCH_SETTINGS, unlessSkipped } from '#test/support/torch-engine'
import { childrenOf } from '#test/support/traces'
import { createTorchEngine } from '#trainer/engines/torch/torch-engine'

const NEVER = new AbortController().signal

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What a person starts on the other host. */
function joinFrom(environment: Record<string, string>): ChildProcess {
  const child = spawn(join(REPOSITORY, 'native/launch/join.sh'), {
    env: { ...process.env, ...environment, VERITUNE_PYTHON: PYTHON, VERITUNE_PROCESSES: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const isSkipped = MISSING_TORCH !== '' || process.platform !== 'linux'
const title = 'an engine over two hosts'

describe.skipIf(isSkipped)(process.platform === 'linux' ? unlessSkipped(title) : `${title} (skipped: no /proc here)`, () => {
  test('works as one, comes back when a process of the other host is lost, and ends there with the trainer', async () => {
    const meeting = { VERITUNE_HOSTS: '2', VERITUNE_RENDEZVOUS: `127.0.0.1:${await freePort()}`, VERITUNE_RENDEZVOUS_ID: 'test' }
    for (const [name, value] of Object.entries(meeting)) vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    const settings = { ...TORCH_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()) }
    const other = joinFrom(meeting)
    const engine = await createTorchEngine(settings)
    onTestFinished(() => engine.close())
    expect(engine.info.device).toBe('2 x cpu')
    const { sequences } = aMinibatch()
    const wanted = await engine.logprobs(sequences, 'current', 1)

    const theirs = childrenOf(other.pid!, 'veritune_engine')
    expect(theirs).toHaveLength(1)
    process.kill(theirs[0]!, 'SIGKILL')
    const lost: unknown = await engine.logprobs(sequences, 'current', 1).catch((error: unknown) => error)
    expect(lost).toMatchObject({ code: 'engine.restarted' })
    await engine.recover!(NEVER)
    expect(await engine.logprobs(sequences, 'current', 1)).toEqual(wanted)

    const ended = new Promise<number | null>((resolve) => other.once('exit', resolve))
    await engine.close()
    expect(await ended).toBe(0)
  }, 180_000)
})
