/** Our engine and PyTorch on the same weights and tokens, in turns: median of the pairs' ratios. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Measured } from '../measured.ts'
import { missingInPython, Side, type Answer } from './side.ts'
import { DECODE, randomTokens, SIZES, TRAIN, trainFlops, writeModel, type Size } from './workload.ts'

const THREADS = 2
const SEED = 1
/** Ways to do it in PyTorch. */
const KINDS = ['eager', 'transformers'] as const
type Kind = (typeof KINDS)[number]
const NAMES: Readonly<Record<Kind, string>> = { eager: 'PyTorch eager', transformers: 'transformers' }

interface Pairing {
  readonly ours: readonly number[]
  readonly theirs: Readonly<Partial<Record<Kind, readonly number[]>>>
}

/** Rows as they come: the largest model takes minutes. */
export async function* measureAgainstTorch(): AsyncGenerator<Measured[]> {
  const missing = missingInPython(['torch', 'transformers', 'peft'])
  if (missing !== null) console.log(`PyTorch is not measured (VERITUNE_PYTHON names a Python that has it): ${missing}`)
  const kinds = missing === null ? KINDS : []
  const root = mkdtempSync(join(tmpdir(), 'veritune-bench-'))
  try {
    for (const size of SIZES) {
      const folder = writeModel(join(root, size.name.replace(' ', '')), size)
      yield await train(size, folder, kinds)
      yield await decode(size, folder, kinds)
    }
  } finally {
    rmSync(root, { recursive: true })
  }
}

async function train(size: Size, folder: string, kinds: readonly Kind[]): Promise<Measured[]> {
  const prompts = randomTokens(TRAIN.batch, TRAIN.prompt, 1)
  const completions = randomTokens(TRAIN.batch, TRAIN.completion, 2)
  const sides = await openSides(folder, kinds, TRAIN.rank)
  try {
    const peaks: number[] = []
    const { ours, theirs } = await inTurns(sides, size.tries, async (side) => {
      if (side === sides.ours) peaks.push(await gemmPeak(sides))
      return (await side.ask('train', { prompts, completions })).seconds
    })
    const how = `LoRA r ${TRAIN.rank}, ${TRAIN.batch} x (${TRAIN.prompt} + ${TRAIN.completion}) tokens, ${THREADS} threads`
    const seconds = median(ours)
    const memory = await bytesOf(sides.ours)
    const share = 100 * median(ours.map((value, i) => trainFlops(size) / value / peaks[i + 1]!))
    return [
      { what: `Train step, ${size.name}`, value: seconds, unit: 's', how },
      {
        what: '  share of the GEMM peak',
        value: share,
        unit: '%',
        how: `${(median(peaks) / 1e9).toFixed(0)} GFLOP/s, the better of both, in the same round`,
      },
      { what: '  peak memory', value: memory / 1e6, unit: 'MB', how: 'of the whole process' },
      ...(await Promise.all(
        kinds.map(async (kind): Promise<Measured[]> => {
          const bytes = await bytesOf(sides.theirs[kind]!)
          const speed = median(ours.map((value, i) => theirs[kind]![i]! / value))
          const name = kind === 'eager' ? NAMES[kind] : `${NAMES[kind]} + PEFT`
          return [
            { what: `  speed to ${name}`, value: speed, unit: 'x', how: `it takes ${median(theirs[kind]!).toPrecision(3)} s` },
            {
              what: `  memory to ${name}`,
              value: (100 * memory) / bytes,
              unit: '%',
              how: `it takes ${(bytes / 1e6).toFixed(0)} MB`,
            },
          ]
        }),
      ).then((parts) => parts.flat())),
    ]
  } finally {
    closeSides(sides)
  }
}

async function decode(size: Size, folder: string, kinds: readonly Kind[]): Promise<Measured[]> {
  const prompts = randomTokens(DECODE.batch, DECODE.prompt, 3)
  // Without an adapter on either side: ours is merged before it decodes, and PyTorch's may be as well.
  const sides = await openSides(folder, kinds, 0)
  const speedOf = ({ tokens, seconds }: Answer): number => (tokens as number) / seconds
  try {
    const { ours, theirs } = await inTurns(sides, size.tries, (side) =>
      side.ask('decode', { prompts, count: DECODE.completion }).then(speedOf),
    )
    const group = 8
    const grouped = speedOf(
      await sides.ours.ask('decode', { prompts: prompts.slice(0, prompts.length / group), count: DECODE.completion, group }),
    )
    const how = `${DECODE.batch} prompts of ${DECODE.prompt}, ${DECODE.completion} new tokens each, ${THREADS} threads`
    return [
      { what: `Decoding, ${size.name}`, value: median(ours), unit: 'tokens/s', how },
      { what: '  groups of 8', value: grouped, unit: 'tokens/s', how: `${DECODE.batch / group} prompts x ${group}` },
      ...kinds.map((kind): Measured => {
        const name = kind === 'eager' ? 'a PyTorch loop, static cache' : 'transformers.generate'
        const speed = median(ours.map((value, i) => value / theirs[kind]![i]!))
        return {
          what: `  speed to ${name}`,
          value: speed,
          unit: 'x',
          how: `it makes ${median(theirs[kind]!).toFixed(0)} tokens/s`,
        }
      }),
    ]
  } finally {
    closeSides(sides)
  }
}

interface Sides {
  readonly ours: Side
  readonly theirs: Readonly<Partial<Record<Kind, Side>>>
}

async function openSides(folder: string, kinds: readonly Kind[], rank: number): Promise<Sides> {
  const opening = { folder, rank, alpha: TRAIN.alpha, threads: THREADS, seed: SEED }
  const ours = Side.ours()
  await ours.ask('open', { ...opening, microbatchSize: TRAIN.batch })
  const theirs: Partial<Record<Kind, Side>> = {}
  for (const kind of kinds) {
    theirs[kind] = Side.torch()
    await theirs[kind].ask('open', { ...opening, kind })
  }
  return { ours, theirs }
}

function closeSides({ ours, theirs }: Sides): void {
  for (const side of [ours, ...Object.values(theirs)]) side.close()
}

/** One round that is not counted, then `tries` that are, the sides one after the other in each. */
async function inTurns({ ours, theirs }: Sides, tries: number, measure: (side: Side) => Promise<number>): Promise<Pairing> {
  const found = { ours: [] as number[], theirs: {} as Record<Kind, number[]> }
  for (let round = 0; round <= tries; round++) {
    const all = [
      [found.ours, ours],
      ...Object.entries(theirs).map(([kind, side]) => [(found.theirs[kind as Kind] ??= []), side]),
    ] as [number[], Side][]
    for (const [list, side] of all) {
      const value = await measure(side)
      if (round > 0) list.push(value)
    }
  }
  return found
}

/** Operations a second of the fastest matrix product that either side has. */
async function gemmPeak({ ours, theirs }: Sides): Promise<number> {
  return Math.max(await gemm(ours), theirs.eager === undefined ? 0 : await gemm(theirs.eager))
}

async function gemm(side: Side): Promise<number> {
  const shapes = [
    { m: 1024, k: 1024, n: 1024 },
    { m: 3072, k: 768, n: 2048 },
  ]
  const found: number[] = []
  for (const shape of shapes) found.push((await side.ask('gemm', shape)).flops as number)
  return Math.max(...found)
}

async function bytesOf(side: Side): Promise<number> {
  return (await side.ask('peak')).bytes as number
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
