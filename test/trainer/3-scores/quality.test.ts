import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isScored } from '#contract/score'
import { taskSchema } from '#contract/task'
import { qualityDeductions, qualityValue } from '#trainer/3-scores/quality'
import { verilatorFindings } from '#trainer/3-scores/quality/verilator-findings'
import { prepareTask } from '#trainer/3-scores/prepared-task'
import { scoreDesign } from '#trainer/3-scores/score-design'
import { yosysFindings } from '#trainer/3-scores/quality/yosys-findings'

const GOOD = 'module m(input a, input b, output y);\n  assign y = a & b;\nendmodule\n'

function warned(...messages: string[]): ReturnType<typeof yosysFindings> {
  return yosysFindings(messages.map((message) => ({ severity: 'warning', line: null, message })))
}

describe('quality', () => {
  test('nothing is deducted from a plain design', () => {
    expect(qualityDeductions(GOOD, [])).toEqual([])
    expect(qualityValue([])).toBe(1)
  })

  test('what two tools and the source say of the same thing is deducted once', () => {
    const code = 'module m(input a, output y);\n  wire [1:0] t, dead;\n  assign dead = t;\n  assign y = a;\nendmodule\n'
    const yosys = warned('Wire m.\\t [1] is used but has no driver.', 'Wire m.\\t [0] is used but has no driver.')
    const verilator = verilatorFindings(
      "%Warning-UNDRIVEN: zz_lint.v:2:14: Signal is not driven: 't'\n%Warning-UNUSEDSIGNAL: zz_lint.v:2:17: Signal is not used: 'dead'\n",
    )
    const deductions = qualityDeductions(code, [...yosys, ...verilator])
    expect(deductions.map(({ class: kind }) => kind).sort()).toEqual(['UNDRIVEN', 'UNUSEDSIGNAL'])
  })

  test('an input that is not read counts once, whether Verilator is there or not', () => {
    const code = GOOD.replace(' & b', '')
    const own = qualityDeductions(code, [])
    const verilator = verilatorFindings("%Warning-UNUSEDSIGNAL: zz_lint.v:1:25: Signal is not used: 'b'")
    expect(own).toEqual([{ class: 'UNUSED-INPUT', reason: 'line 1: input b of the design is never read', amount: 0.2 }])
    expect(qualityDeductions(code, verilator)).toEqual(own)
  })

  test('a class has a limit of its own, and the whole is never below 0', () => {
    const names = Array.from({ length: 30 }, (_, i) => `badName${i}`)
    const code = `module m(input a, output y);\n${names.map((name) => `  wire ${name} = a;`).join('\n')}\n  assign y = &{${names.join(', ')}};\nendmodule\n`
    const deductions = qualityDeductions(code, [])
    expect(deductions.filter(({ class: kind }) => kind === 'NAMING')).toHaveLength(4)
    expect(qualityValue(Array.from({ length: 9 }, () => ({ class: 'X', reason: '', amount: 0.2 })))).toBe(0)
  })

  test('leaving logic away does not pay: whoever ignores inputs has less than whoever uses them in bad style', () => {
    const idle = 'module m(input a, input b, input c, output y);\n  assign y = a;\nendmodule\n'
    const clumsy = 'module m(input a, input b, input c, output y);\n  wire myTmp = a & b;\n  assign y = myTmp & c;\nendmodule\n'
    expect(qualityValue(qualityDeductions(idle, []))).toBeLessThan(qualityValue(qualityDeductions(clumsy, [])))
  })

  test('a design that computes nothing has no quality, however tidy it is', async () => {
    for (const name of ['empty-body', 'constant-output']) {
      const read = (file: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/scores', name, file), 'utf8')
      const task = taskSchema.parse(JSON.parse(read('task.json')))
      const job = {
        completion: read('completion.md'),
        task,
        stimulusSeed: 7,
        judge: 'netlist',
        simulated: null,
        isReference: false,
      } as const
      const { quality } = (await scoreDesign(job, await prepareTask(task))).scores
      expect(isScored(quality) && quality.value, name).toBe(0)
    }
  })

  test('each finding bears the name under which Verilator explains it', () => {
    const findings = warned(
      'Wire m.\\u.x [3] is used but has no driver.',
      'multiple conflicting drivers for m.\\y [0]:',
      'found logic loop in module m:',
      "Identifier `\\imp' is implicitly declared.",
      'Literal has a width of 3 bit, but value requires 4 bit. ()',
      'Resizing cell port m.u2.p from 4 bits to 8 bits.',
      'Resizing cell port m.u3.p from 9 bits to 8 bits.',
      "Range select out of bounds on signal `\\a': Setting result bit to undef.",
      'Something that nobody has heard of.',
      'Replacing memory \\m with list of registers. See m.v:3',
    )
    expect(findings.map(({ class: kind, name }) => `${kind} ${name}`)).toEqual([
      'UNDRIVEN x',
      'MULTIDRIVEN y',
      'UNOPTFLAT null',
      'IMPLICIT imp',
      'WIDTHTRUNC null',
      'WIDTHEXPAND p',
      'WIDTHTRUNC p',
      'SELRANGE null',
      'YOSYS null',
    ])
  })

  test('the log of Verilator 5.006 gives the classes of later versions', () => {
    const log = [
      "%Warning-DECLFILENAME: zz_lint.v:1:8: Filename 'zz_lint' does not match MODULE name: 'm'",
      "%Warning-WIDTH: zz_lint.v:7:12: Operator ASSIGNW expects 8 bits on the Assign RHS, but Assign RHS's VARREF 'b' generates 4 bits.",
      '                        : ... In instance m',
      "%Warning-WIDTH: zz_lint.v:8:12: Operator ASSIGN expects 4 bits on the Assign RHS, but Assign RHS's VARREF 'a' generates 8 bits.",
      '%Warning-WIDTH: zz_lint.v:9:42: Value too large for 3 bit number: 9',
      "%Warning-UNUSED: zz_lint.v:3:14: Parameter is not used: 'P'",
      "%Error-BLKANDNBLK: zz_lint.v:4:7: Unsupported: Blocked and non-blocking assignments to same variable: 'm.q'",
      '%Error: Exiting due to 1 error(s)',
    ].join('\n')
    expect(verilatorFindings(log).map(({ class: kind, name, line }) => `${kind} ${name} ${line}`)).toEqual([
      'WIDTHEXPAND b 7',
      'WIDTHTRUNC a 8',
      'WIDTHTRUNC null 9',
      'UNUSEDPARAM P 3',
      'BLKANDNBLK q 4',
    ])
  })
})
