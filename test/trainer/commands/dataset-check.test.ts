import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Badge } from '#contract/badges'
import type { DatasetCheck } from '#contract/dataset-check'
import {
  otherColumnsSet,
  rtllmSet,
  veriReasonSet,
  verilogEvalV1Set,
  verilogEvalV2Set,
  verlSet,
  vgenSet,
  writeFiles,
  type FixtureSet,
} from '#test/support/fixture-datasets'
import { nativeTools } from '#test/support/native-tools'
import { temporaryFolder } from '#test/support/temporary-folder'
import { readWholeDataset } from '#trainer/1-tasks/read-tasks'
import { checkDataset, type Watch } from '#trainer/commands/dataset-check'
import { Judges } from '#trainer/commands/judges'

const { hasSimulation, reason } = await nativeTools()
const judges = new Judges({ isBehind: false })
afterAll(() => judges.close())

const UNWATCHED: Watch = { onProgress: () => {}, stop: new AbortController().signal }
const FOREIGN = { prompt: 'frage', reference: 'loesung.verilog', id: 'nr' }

async function check(set: FixtureSet, withTools: boolean, mapping: typeof FOREIGN | null = null): Promise<DatasetCheck> {
  const folder = temporaryFolder()
  writeFiles(folder, set.files)
  const testbench = withTools ? await judges.testbench(folder) : null
  return checkDataset(
    { path: folder, out: join(temporaryFolder(), 'tasks.jsonl'), unfit: null, mapping },
    { netlist: judges.netlist, testbench },
    UNWATCHED,
  )
}
const badgesOf = ({ tasks }: DatasetCheck): Record<string, Badge> => Object.fromEntries(tasks.map(({ id, badge }) => [id, badge]))

describe.skipIf(!hasSimulation)(
  hasSimulation ? 'a data set, each task by its own judge' : `a data set by its own judges (skipped: ${reason})`,
  () => {
    let veriReason: FixtureSet

    beforeAll(() => {
      veriReason = veriReasonSet((bench, code) => {
        const folder = mkdtempSync(join(tmpdir(), 'veritune-vectors-'))
        writeFileSync(join(folder, 'a.v'), bench + code)
        execFileSync('iverilog', ['-g2012', '-o', 'a', 'a.v'], { cwd: folder })
        execFileSync('vvp', ['-n', 'a'], { cwd: folder })
        const vectors = readFileSync(join(folder, 'test_vectors.txt'), 'utf8')
        rmSync(folder, { recursive: true })
        return vectors
      })
    })

    test.each<[string, () => FixtureSet]>([
      ['VerilogEval v2', () => verilogEvalV2Set('spec-to-rtl')],
      ['VerilogEval v2 code completion', () => verilogEvalV2Set('code-complete-iccad2023')],
      ['VerilogEval v1', verilogEvalV1Set],
      ['RTLLM', rtllmSet],
      ['VGen', vgenSet],
      ['VeriReason', () => veriReason],
      ['veRL', verlSet],
    ])('%s: right task by task', { timeout: 60_000 }, async (_, make) => {
      const set = make()
      const checked = await check(set, true)
      expect(badgesOf(checked)).toEqual(set.badges)
      expect(checked.tasks.length).toBeGreaterThanOrEqual(20)
      for (const { badge, reason: said } of checked.tasks) expect(badge === 'healthy' || said !== '').toBe(true)
    })
  },
)

function untouched(): never {
  throw new Error('No task should have been judged.')
}

describe('a data set without native tools', () => {
  test('by the netlist judge: a reference that cannot be simulated is not run, none is fooled', { timeout: 60_000 }, async () => {
    const set = rtllmSet()
    const checked = await check(set, false)
    const expected = Object.fromEntries(
      Object.entries(set.badges).map(([id, badge]) => [id, badge === 'not-run' ? 'not-run' : 'healthy']),
    )
    expect(badgesOf(checked)).toEqual(expected)
  })

  const order = (out: string): Parameters<typeof checkDataset>[0] => {
    const path = temporaryFolder()
    writeFiles(path, otherColumnsSet().files)
    return { path, out, unfit: null, mapping: FOREIGN }
  }

  test('whose tasks cannot be written is a failure before anything is judged', async () => {
    const netlist = { score: untouched, scoreReference: untouched }
    const out = join(temporaryFolder(), 'none', 'tasks.jsonl')
    await expect(checkDataset(order(out), { netlist, testbench: null }, UNWATCHED)).rejects.toMatchObject({
      code: 'arguments.invalid',
    })
  })

  test('that breaks off, in its files or in a judge, leaves the file that was there, and nothing else', async () => {
    const out = join(temporaryFolder(), 'tasks.jsonl')
    writeFileSync(out, 'before')
    const netlist = { score: untouched, scoreReference: () => Promise.reject(new Error('the judge broke')) }
    await expect(checkDataset(order(out), { netlist, testbench: null }, UNWATCHED)).rejects.toThrow('the judge broke')
    const missing = { ...order(out), path: join(out, 'none') }
    await expect(checkDataset(missing, { netlist, testbench: null }, UNWATCHED)).rejects.toMatchObject({
      code: 'dataset.missing',
    })
    expect(readFileSync(out, 'utf8')).toBe('before')
    expect(readdirSync(dirname(out))).toEqual(['tasks.jsonl'])
  })

  test('of mapped columns is right task by task, and its healthy tasks can be trained on', { timeout: 60_000 }, async () => {
    const set = otherColumnsSet()
    const checked = await check(set, false, FOREIGN)
    expect(badgesOf(checked)).toEqual(set.badges)
    const { tasks } = await readWholeDataset(checked.written!)
    const written = Object.values(tasks).flat()
    expect(written.map(({ id }) => id).sort()).toEqual(
      Object.keys(set.badges)
        .filter((id) => set.badges[id] === 'healthy')
        .sort(),
    )
    for (const task of written) expect(task.stimulus, task.id).not.toBeNull()
  })

  test('gives the same files however often it is made, whatever task is done first', { timeout: 120_000 }, async () => {
    const texts = []
    for (const delayed of ['own-0', 'own-2']) {
      const made = order(join(temporaryFolder(), 'tasks.jsonl'))
      const unfit = join(temporaryFolder(), 'unfit.jsonl')
      const scoreReference: typeof judges.netlist.scoreReference = async (task, seed) => {
        if (task.id === delayed) await new Promise((resolve) => setTimeout(resolve, 2_000))
        return judges.netlist.scoreReference(task, seed)
      }
      const netlist = { score: judges.netlist.score.bind(judges.netlist), scoreReference }
      await checkDataset({ ...made, unfit }, { netlist, testbench: null }, UNWATCHED)
      texts.push(readFileSync(made.out!, 'utf8') + readFileSync(unfit, 'utf8'))
    }
    expect(texts[1]).toBe(texts[0])
    const ids = texts[0]!
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
    expect(ids.at(-1)).toBe('own-3')
    expect(ids.slice(0, -1)).toEqual(Object.keys(otherColumnsSet().badges).filter((id) => id !== 'own-3'))
  })

  test('that is stopped ends at once, although a judge never answers, and leaves the file that was there', async () => {
    const out = join(temporaryFolder(), 'tasks.jsonl')
    writeFileSync(out, 'before')
    const stop = new AbortController()
    const asked = Promise.withResolvers<void>()
    const scoreReference = (): Promise<never> => {
      asked.resolve()
      return new Promise(() => {})
    }
    const checking = checkDataset(
      order(out),
      { netlist: { score: untouched, scoreReference }, testbench: null },
      { onProgress: () => {}, stop: stop.signal },
    )
    const refused = expect(checking).rejects.toMatchObject({ code: 'dataset.check-cancelled' })
    await asked.promise
    stop.abort()
    await refused
    expect(readFileSync(out, 'utf8')).toBe('before')
    expect(readdirSync(dirname(out))).toEqual(['tasks.jsonl'])
  })
})
