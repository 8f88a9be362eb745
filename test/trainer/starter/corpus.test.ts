import { describe, expect, test } from 'vitest'
import { checkReasoning } from '#trainer/3-scores/reasoning/statements'
import { prepareTask } from '#trainer/3-scores/prepared-task'
import { corpusExample, CORPUS_KNOBS, SYSTEMATIC_MISTAKES, type Example } from '#trainer/starter/corpus'
import { FAMILIES, SEEN_FAMILIES } from '#trainer/starter/families/families'
import { draftTask } from '#trainer/starter/generate-tasks'
import { makeMistake, mistakesIn } from '#trainer/starter/mistakes'
import { CODE_STYLES, render } from '#trainer/starter/render'
import { splitOf } from '#trainer/starter/splits'
import { trueStatements } from '#trainer/starter/statements'

const SEED = 11
const examples: Example[] = Array.from({ length: 4000 }, (_, i) => corpusExample(SEED, i, CORPUS_KNOBS))
const CLEAN = {
  ...CORPUS_KNOBS,
  systematicShare: 0,
  scatteredShare: 0,
  syntaxShare: 0,
  formatShare: 0,
  falseStatementShare: 0,
  missingStatementShare: 0,
}

describe('the corpus', () => {
  test('an example depends on seed and number alone', () => {
    expect(corpusExample(SEED, 77, CORPUS_KNOBS)).toEqual(examples[77])
    expect(corpusExample(SEED + 1, 77, CORPUS_KNOBS)).not.toEqual(examples[77])
  })

  test('every example is of a training combination', () => {
    for (const { family, parameters } of examples) expect(splitOf(family, parameters)).toBe('train')
  })

  test('the kinds of noise have their shares', () => {
    const shareOf = (some: readonly Example[], kind: Example['kind']): number =>
      some.filter((example) => example.kind === kind).length / some.length
    expect(shareOf(examples, 'syntax')).toBeCloseTo(CORPUS_KNOBS.syntaxShare, 1)
    expect(shareOf(examples, 'format')).toBeCloseTo(CORPUS_KNOBS.formatShare, 1)
    const habitual = examples.filter(({ family }) => family.name in SYSTEMATIC_MISTAKES)
    expect(shareOf(habitual, 'systematic')).toBeGreaterThan(0.41)
    expect(shareOf(habitual, 'systematic')).toBeLessThan(0.51)
    expect(shareOf(habitual, 'clean')).toBeGreaterThan(0.3)
  })

  test('about half of the families have a systematic mistake, which nearly every combination of them can make', () => {
    expect(Object.keys(SYSTEMATIC_MISTAKES).length / SEEN_FAMILIES.length).toBeCloseTo(0.55, 1)
    for (const [name, mistake] of Object.entries(SYSTEMATIC_MISTAKES)) {
      const { combinations, design } = SEEN_FAMILIES.find((seen) => seen.name === name)!
      // Patterns that read the same backwards cannot be reversed: 10 of the 28.
      const possible = combinations.filter((parameters) => makeMistake(design(parameters), mistake) !== null)
      expect(possible.length / combinations.length, name).toBeGreaterThanOrEqual(name === 'seqdet' ? 18 / 28 : 1)
    }
  })

  test('statements of clean examples are true of the reference’s netlist and say all that is asked for', async () => {
    for (let i = 0; i < 60; i++) {
      const { family, parameters, completion } = corpusExample(SEED, i, CLEAN)
      const task = draftTask(family, parameters, 'train', SEED)
      const { facts, required } = (await prepareTask(task))!
      const { value, statements, missing } = checkReasoning(/<reason>([^<]*)/.exec(completion)![1]!, facts!, required)
      const untrue = statements.filter(({ isTrue }) => !isTrue)
      expect([task.id, value, untrue, missing]).toEqual([task.id, 1, [], []])
    }
  })
})

describe('families', () => {
  test('combinations of a family are distinct', () => {
    for (const { name, combinations } of FAMILIES) {
      expect(new Set(combinations.map((parameters) => JSON.stringify(parameters))).size, name).toBe(combinations.length)
    }
  })

  test('every style writes one module with the same ports', () => {
    for (const family of FAMILIES) {
      for (const style of CODE_STYLES) {
        const code = render(family.design(family.combinations[0]!), style)
        expect(code.match(/^module /gm)).toHaveLength(1)
        expect(code.endsWith('endmodule')).toBe(true)
      }
    }
  })

  test('statements of a counter with asynchronous reset can be checked by hand', () => {
    const counter = FAMILIES.find(({ name }) => name === 'counter')!
    const design = counter.design({ width: 4, reset: 'async low', enable: true, direction: 'up' })
    expect(render(design).split('\n')).toEqual([
      'module counter(input clk, input rst_n, input en, output reg [3:0] q);',
      '  always @(posedge clk or negedge rst_n)',
      '    if (!rst_n) q <= 0;',
      '    else if (en) q <= q + 1;',
      'endmodule',
    ])
    expect(trueStatements(design)).toEqual([
      'registers: 4',
      'reset: async low',
      'clock: rising',
      'q: registered',
      'q: width 4',
      'latches: none',
    ])
    expect(mistakesIn(design).map(({ name }) => name)).toContain('missing enable')
    expect(render(makeMistake(design, 'missing enable')!)).toContain('    else q <= q + 1;')
    expect(render(makeMistake(design, 'reset polarity')!)).toContain('posedge rst_n)\n    if (rst_n) q <= 0;')
  })
})
