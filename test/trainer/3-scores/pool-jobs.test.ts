import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { attacks, VICTIM } from '#test/support/hostile'
import { fenced } from '#trainer/3-scores/extract'
import { nextPlace, ScorePool, type Job, type JobResult, type PoolOptions } from '#trainer/3-scores/pool'

const pools: ScorePool[] = []
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

/** Patient: a fresh worker compiles WebAssembly first. */
const PATIENT: PoolOptions = { workers: 1, timeoutMs: 30_000, prepareTimeoutMs: 30_000, maxGrowthBytes: 2.4e9, isBehind: false }
function aPool(options: Partial<PoolOptions> = {}): ScorePool {
  const pool = new ScorePool({ ...PATIENT, ...options })
  pools.push(pool)
  return pool
}

function scoring(code: string, changes: Partial<Extract<Job, { kind: 'score' }>> = {}): Job {
  const rest = { task: VICTIM, stimulusSeed: 1, judge: 'netlist', simulated: null, isReference: false } as const
  return { kind: 'score', completion: fenced(code), ...rest, ...changes }
}

const GOOD = scoring(VICTIM.reference)
const ENDLESS = scoring(new Map(attacks('hostile')).get('generate-that-never-ends')!)
/** Behind the name, which may hold anything. */
const niceOf = (stat: string): number => Number(stat.replace(/^.*\) /s, '').split(' ')[16])
const outcomeOf = (result: JobResult): string => {
  if (result.outcome !== 'scored') return result.outcome
  const { functional } = result.report.scores
  return 'outcome' in functional ? functional.outcome : 'unscored'
}

describe('the next job of a thread', () => {
  const [own, others] = [new Set(['a']), new Set(['b'])]
  const next = (waiting: string[]): number => nextPlace(waiting, own, (id) => own.has(id) || others.has(id))

  test('is one whose reference it has prepared, else one that nobody has, else the first', () => {
    expect(next(['b', 'c', 'a', 'a'])).toBe(2)
    expect(next(['b', 'c', 'd'])).toBe(1)
    expect(next(['b', 'b'])).toBe(0)
  })
})

describe('a pool of scoring threads', () => {
  test.skipIf(process.platform !== 'linux')('gives way to the threads of the engine', async () => {
    await aPool({ isBehind: true }).run(GOOD)
    const niceness = readdirSync('/proc/self/task').map((id) => niceOf(readFileSync(`/proc/self/task/${id}/stat`, 'utf8')))
    expect(niceness).toContain(5)
    expect(niceness[0]).toBe(0)
  })

  test('answers every job with its own answer, however many wait', async () => {
    const pool = aPool({ workers: 2 })
    const wrong = scoring(VICTIM.reference.replace('<= d', '<= ~d'))
    const jobs = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? wrong : GOOD))
    const outcomes = (await Promise.all(jobs.map((job) => pool.run(job)))).map(outcomeOf)
    expect(outcomes).toEqual(jobs.map((job) => (job === wrong ? 'failed' : 'passed')))
  })

  test('ends a job that takes too long, and the next one finds a fresh thread', async () => {
    const pool = aPool({ timeoutMs: 6_000 })
    expect(outcomeOf(await pool.run(GOOD))).toBe('passed')
    const started = performance.now()
    const [endless, good] = await Promise.all([pool.run(ENDLESS), pool.run(GOOD)])
    expect(performance.now() - started).toBeGreaterThan(5_900)
    expect(endless).toEqual({ outcome: 'timeout', limitMs: 6_000 })
    expect(outcomeOf(good)).toBe('passed')
  })

  test('ends a job during which memory grows too much, and a roomier pool goes on', async () => {
    const result = await aPool({ maxGrowthBytes: 60e6 }).run(ENDLESS)
    expect(result).toEqual({ outcome: 'crashed', reason: 'it took more than 0.06 GB' })
    expect(outcomeOf(await aPool().run(GOOD))).toBe('passed')
  })

  test('calls a task unusable whose reference does not hold, and keeps its thread', async () => {
    const pool = aPool()
    const task = { ...VICTIM, id: 'broken', reference: 'module victim(); nonsense endmodule' }
    expect(await pool.run(scoring(VICTIM.reference, { task }))).toEqual({
      outcome: 'unusable',
      reason: 'the reference of task broken does not synthesise',
    })
    expect(outcomeOf(await pool.run(GOOD))).toBe('passed')
  })

  test('holds nothing against a completion while its task is prepared', { timeout: 60_000 }, async () => {
    const products = Array.from({ length: 16 }, (_, i) => `  assign p[${i}] = (a + ${i}) * (b ^ ${i}) % (a | ${2 * i + 1});`)
    const slow = `module victim(input clk, input [3:0] d, output reg [3:0] q);
  wire [31:0] a = {8{d}}, b = {8{~d}}, p [0:15];
${products.join('\n')}
  always @(posedge clk) q <= ${products.map((_, i) => `p[${i}][7:4]`).join(' ^ ')};
endmodule`
    const started = performance.now()
    const result = await aPool({ timeoutMs: 400 }).run(
      scoring('module victim(); nonsense endmodule', { task: { ...VICTIM, id: 'slow', reference: slow } }),
    )
    expect(performance.now() - started).toBeGreaterThan(400)
    expect(result).toMatchObject({ outcome: 'scored', report: { scores: { compilation: { outcome: 'compile-error' } } } })
  })

  test('calls a task unusable whose reference takes too long, and goes on with another thread', { timeout: 60_000 }, async () => {
    const pool = aPool({ prepareTimeoutMs: 2_000 })
    const reference = new Map(attacks('hostile')).get('generate-that-never-ends')!
    expect(await pool.run(scoring(VICTIM.reference, { task: { ...VICTIM, id: 'endless', reference } }))).toEqual({
      outcome: 'unusable',
      reason: "The task's reference was not prepared in 2 s.",
    })
    expect(outcomeOf(await pool.run(GOOD))).toBe('passed')
  })

  test('closed with work under way answers all of it, and takes no more', async () => {
    const pool = aPool()
    const jobs = [ENDLESS, GOOD, GOOD].map((job) => pool.run(job))
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await pool.close()
    const stopped = { outcome: 'unusable', reason: 'Scoring was stopped.' }
    expect(await Promise.all(jobs)).toEqual([stopped, stopped, stopped])
    expect(await pool.run(GOOD)).toEqual(stopped)
  })
})
