import { afterAll, describe, expect, test } from 'vitest'
import { isScored, type ScoreReport } from '#contract/score'
import { VICTIM } from '#test/support/hostile'
import { nativeTools } from '#test/support/native-tools'
import { aTask, COMBINATIONAL, completionOf } from '#test/support/verilog'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer } from '#trainer/3-scores/scorer'
import { startSimulation } from '#trainer/3-scores/simulation'

const { hasSimulation, reason } = await nativeTools()
const scorer = createScorer({ workers: 2 })
afterAll(() => scorer.close())

const ADDER = aTask({
  ports: [
    { name: 'a', direction: 'input', width: 4 },
    { name: 'b', direction: 'input', width: 4 },
    { name: 'y', direction: 'output', width: 4 },
  ],
  reference: 'module m(input [3:0] a, input [3:0] b, output [3:0] y);\n  assign y = a + b;\nendmodule',
  stimulus: COMBINATIONAL,
})
const outcomeOf = ({ scores }: ScoreReport): string => (isScored(scores.functional) ? scores.functional.outcome : 'unscored')

describe('a scorer', () => {
  test('scores the same completion once, also when it is asked twice at the same time', async () => {
    const completion = fenced(`${ADDER.reference}// once`)
    const reports = await Promise.all([1, 2, 3].map(() => scorer.score(completion, ADDER, 1)))
    expect(reports.map(({ isFromCache }) => isFromCache)).toEqual([false, true, true])
  })

  test('judges a module once, and reads the reasoning of each completion that holds it', async () => {
    const said = ['y: combinational', 'y: registered', ''].map((reasoning) =>
      completionOf(`${ADDER.reference}// shared`, reasoning),
    )
    const reports = await Promise.all(said.map((completion) => scorer.score(completion, ADDER, 1)))
    expect(reports.map(({ isFromCache }) => isFromCache)).toEqual([false, true, true])
    const values = reports.map(({ scores }) => isScored(scores.reasoning) && scores.reasoning.value)
    expect(values).toEqual([1, 0, 0])
    expect(reports.map(({ reasoning }) => reasoning)).toEqual(['y: combinational', 'y: registered', ''])
    const others = reports.map(({ scores: { reasoning: _, ...rest } }) => rest)
    expect(others).toEqual(others.map(() => others[0]))
    // In either order: what one says must not reach another.
    const [late, early] = [await scorer.score(said[0]!, ADDER, 1), reports[0]!]
    expect(late).toEqual({ ...early, isFromCache: true })
  })

  test('holds the words of a design that does not compile against nothing', async () => {
    const broken = ADDER.reference.replace('a + b', 'a +')
    for (const reasoning of ['y: combinational', 'y: width 4']) {
      const { scores } = await scorer.score(completionOf(broken, reasoning), ADDER, 1)
      expect(scores.reasoning).toMatchObject({ value: 0, outcome: 'not-reached' })
    }
  })

  test('names its tools with every score', async () => {
    expect((await scorer.score(fenced(ADDER.reference), ADDER, 1)).tools).toEqual(scorer.tools)
  })

  test('that is proving says what a solver could prove, and never takes a pass away', async () => {
    const other = ADDER.reference.replace('a + b', 'b - ~a - 1')
    const { functional } = (await scorer.proving().score(fenced(other), ADDER, 1)).scores
    expect(functional).toMatchObject({ outcome: 'passed', value: 1, evidence: { proof: { outcome: 'proved' } } })
    const plain = (await scorer.score(fenced(other), ADDER, 1)).scores.functional
    expect(isScored(plain) && plain.evidence.proof).toBeUndefined()
  })

  test('proves nothing of what fails', async () => {
    const { functional } = (await scorer.proving().score(fenced(ADDER.reference.replace('+', '-')), ADDER, 1)).scores
    expect(isScored(functional) && [functional.outcome === 'passed', functional.evidence.proof]).toEqual([false, undefined])
  })
})

describe.skipIf(!hasSimulation)(hasSimulation ? 'judges' : `judges with native tools (skipped: ${reason})`, () => {
  test('name their tools, agree on right and wrong designs, and count what they compare', { timeout: 30_000 }, async () => {
    const simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
    for (const judge of ['testbench', 'both'] as const) {
      const judged = scorer.judgedBy(judge, simulation)
      const right = await judged.score(fenced(VICTIM.reference), VICTIM, 1)
      expect(right.tools).toMatchObject({ iverilog: expect.any(String), sandbox: expect.stringMatching(/^bubblewrap/) })
      expect(outcomeOf(right)).toBe('passed')
      const wrong = await judged.score(fenced(VICTIM.reference.replace('<= d', '<= ~d')), VICTIM, 1)
      expect(outcomeOf(wrong)).toBe('failed')
    }
    await simulation.close()
  })

  test('a latch in a block that must have none compiles and is no hardware', { timeout: 30_000 }, async () => {
    const simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
    const latch = 'module m(input [3:0] a, input [3:0] b, output logic [3:0] y);\n  always_comb if (a[0]) y = b;\nendmodule'
    for (const judged of [scorer, scorer.judgedBy('testbench', simulation)]) {
      const { scores } = await judged.score(fenced(latch), ADDER, 1)
      expect(scores).toMatchObject({
        compilation: { outcome: 'passed' },
        functional: { outcome: 'latch', value: 0 },
        synthesis: { outcome: 'latch', value: 0 },
      })
    }
    await simulation.close()
  })
})
