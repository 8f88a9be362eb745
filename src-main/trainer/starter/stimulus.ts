/** How a design is exercised: directed corners and runs beside seeded random vectors. */
import type { InputVector, Port, StimulusPlan } from '#contract/task'
import type { Design } from './design.ts'

/** Controls that are mostly on (enable) or mostly off (load), so that random sequences get anywhere. */
const BIAS: Readonly<Record<string, number>> = { en: 0.8, ld: 0.2 }

export function stimulusOf(design: Design): StimulusPlan {
  const driven = design.ports.filter(
    ({ name, direction }) => direction === 'input' && name !== 'clk' && name !== design.reset?.port,
  )
  const isClocked = design.clock !== null
  return {
    clock: design.clock === null ? null : { port: 'clk', edge: design.clock },
    reset: design.reset,
    resetCycles: isClocked ? 2 : 0,
    cycles: isClocked ? 64 : 24,
    randomSequences: 30,
    midResetChance: isClocked ? 0.06 : 0,
    bias: isClocked ? Object.fromEntries(driven.filter(({ name }) => name in BIAS).map(({ name }) => [name, BIAS[name]!])) : {},
    directed: isClocked ? runs(design, driven) : [corners(driven)],
  }
}

/** All zeros, all ones, each input alone at its most and at 1. */
function corners(driven: readonly Port[]): InputVector[] {
  const alone = driven.flatMap((port) => [{ [port.name]: most(port) }, ...(port.width > 1 ? [{ [port.name]: '1' }] : [])])
  return [{}, Object.fromEntries(driven.map((port) => [port.name, most(port)])), ...alone]
}

/** Long enough runs with everything enabled and the data at 1, then at its most. */
function runs(design: Design, driven: readonly Port[]): InputVector[][] {
  const inactive: InputVector = design.reset?.active === 'low' ? { [design.reset.port]: '1' } : {}
  const vector = (value: (port: Port) => string): InputVector => ({
    ...inactive,
    ...Object.fromEntries(
      driven.filter(({ name }) => name !== 'ld').map((port) => [port.name, port.name === 'en' ? '1' : value(port)]),
    ),
  })
  const run = (value: (port: Port) => string): InputVector[] => Array.from({ length: design.runCycles }, () => vector(value))
  const hasData = driven.some(({ name }) => name !== 'en' && name !== 'ld')
  return hasData ? [run(() => '1'), run(most)] : [run(() => '1')]
}

function most({ width }: Port): string {
  return ((1n << BigInt(width)) - 1n).toString(16)
}
