import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { nativeTools } from '#test/support/native-tools'
import { childrenOf, filesIn } from '#test/support/traces'
import { SIMULATION_LIMITS, type SandboxJob, type SandboxPlace } from '#trainer/3-scores/tools/sandbox'
import { ToolHost } from '#trainer/3-scores/tools/tool-host'

/** Without a box: what is tested is the host, on machines without Bubblewrap too. */
const PLACE = { bwrapPath: null, toolFolders: [] }
const { tools, hasSimulation: hasBox } = await nativeTools()
const hosts: ToolHost[] = []
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

function aHost(slots?: number, place: SandboxPlace = PLACE): ToolHost {
  const host = new ToolHost(place, slots)
  hosts.push(host)
  return host
}

const job = (...words: string[]): SandboxJob => ({ files: {}, steps: [{ words }], limits: SIMULATION_LIMITS })
const workers = (): number[] => childrenOf(process.pid, 'tool-host-worker')
const boxesOf = (pid: number): string[] =>
  ['/dev/shm', '/tmp'].flatMap(filesIn).filter((path) => path.includes(`veritune-box-${pid}-`))

// Processes are counted in /proc.
const isLinux = process.platform === 'linux'

describe.skipIf(!isLinux)(isLinux ? 'a tool host' : 'a tool host (skipped: no /proc here)', () => {
  test('gives every job its own answer, however many wait', async () => {
    const host = aHost(3)
    const numbers = Array.from({ length: 40 }, (_, i) => String(i))
    const answers = await Promise.all(numbers.map((number) => host.run(job('echo', number))))
    expect(answers.map(({ stdout }) => stdout.trim())).toEqual(numbers)
  })

  test('gives way to the engine with all that it starts', async () => {
    expect(await aHost(1, { ...PLACE, isBehind: true }).run(job('nice'))).toMatchObject({ stdout: '5\n' })
  })

  test.skipIf(!hasBox || !existsSync('/proc/self/autogroup'))(
    `and its boxes as one session${hasBox ? '' : ' (skipped: no box here)'}`,
    async () => {
      const host = aHost(2, { bwrapPath: tools.bwrap!.path, toolFolders: [], isBehind: true })
      const sessions = await Promise.all([1, 2, 3].map(() => host.run(job('cat', '/proc/self/autogroup'))))
      expect(new Set(sessions.map(({ stdout }) => stdout.replace(/.* nice/, 'nice')))).toEqual(new Set(['nice 5\n']))
      expect(new Set(sessions.map(({ stdout }) => stdout)).size).toBe(1)
    },
  )

  test('runs no more at once than it may', async () => {
    const host = aHost(2)
    const started = performance.now()
    await Promise.all(Array.from({ length: 4 }, () => host.run(job('sleep', '0.5'))))
    expect(performance.now() - started).toBeGreaterThan(950)
  })

  test('says what was wrong with a job, and goes on', async () => {
    const host = aHost()
    await expect(host.run({ ...job('true'), files: { '../x': '' } })).rejects.toThrow('not a plain file name: ../x')
    expect(await host.run(job('echo', 'well'))).toMatchObject({ stdout: 'well\n' })
  })

  test('that dies under a job names that, and the next job runs in a new one', async () => {
    const host = aHost(1)
    await host.run(job('true'))
    const [pid] = workers()
    const lost = host.run(job('sleep', '3'))
    const waiting = host.run(job('echo', 'waited'))
    const named = expect(lost).rejects.toThrow('the tool host ended (SIGKILL)')
    process.kill(pid!, 'SIGKILL')
    await named
    expect(await waiting).toMatchObject({ stdout: 'waited\n' })
    expect(await host.run(job('echo', 'again'))).toMatchObject({ stdout: 'again\n' })
    expect(workers()).toHaveLength(1)
    expect(workers()).not.toContain(pid)
  })

  test.each([0, 20, 300])('closed %i ms after its jobs came ends them, and leaves nothing', { timeout: 20_000 }, async (ms) => {
    const host = aHost(2)
    await host.run(job('true'))
    const [pid] = workers()
    const jobs = Promise.allSettled(Array.from({ length: 4 }, () => host.run(job('sleep', '8'))))
    await new Promise((resolve) => setTimeout(resolve, ms))
    const started = performance.now()
    await host.close()
    expect(performance.now() - started).toBeLessThan(4_000)
    expect((await jobs).map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    expect(workers()).toEqual([])
    expect(boxesOf(pid!)).toEqual([])
  })

  test('that is closed takes no job, and can be closed again', async () => {
    const host = aHost()
    await host.close()
    await host.close()
    await expect(host.run(job('true'))).rejects.toThrow('closed')
    expect(workers()).toEqual([])
  })
})
