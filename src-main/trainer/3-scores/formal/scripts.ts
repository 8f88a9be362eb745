/**
 * What Yosys is told to do. Not to be used here, because they gave wrong verdicts on right designs: `sat -tempinduct` and `sat -set-init-undef`.
 * `sat -timeout` does nothing in WebAssembly.
 */
import type { StimulusPlan } from '#contract/task'

export const FILES = {
  gold: 'zz_gold.v',
  gate: 'zz_gate.v',
  pair: 'zz_pair.il',
  miter: 'zz_miter.il',
  netlist: 'zz_miter.json',
} as const

/** Modules of ours; the guard lets no design have such names. */
export const GOLD = 'zz_gold'
export const GATE = 'zz_gate'
export const MITER = 'zz_miter'

/** Reads both designs as modules GOLD (the reference) and GATE, and joins them to MITER, whose output `trigger` tells a difference. */
export function joinScript(moduleName: string): string[] {
  // What the reference leaves open may be 0; what the design leaves open may be anything.
  const gold = [...readScript(FILES.gold, moduleName, GOLD), 'setundef -undriven -zero', 'design -stash gold']
  const gate = [...readScript(FILES.gate, moduleName, GATE), 'setundef -undriven -anyseq', 'design -stash gate']
  return [
    ...gold,
    ...gate,
    'design -reset',
    `design -copy-from gold -as ${GOLD} ${GOLD}`,
    `design -copy-from gate -as ${GATE} ${GATE}`,
    `write_rtlil ${FILES.pair}`,
    ...miterScript(),
    `write_rtlil ${FILES.miter}`,
    `write_json ${FILES.netlist}`,
  ]
}

function readScript(file: string, moduleName: string, name: string): string[] {
  return [
    `read_verilog -sv ${file}`,
    `hierarchy -check -top ${moduleName}`,
    // Optimising drops one of two drivers without a word, and with a contradiction in it every proof would succeed.
    'proc -noopt',
    'flatten',
    'check -assert',
    'opt_expr -keepdc',
    'memory',
    'opt_clean',
    // `sat` knows no asynchronous reset.
    'async2sync',
    `rename ${moduleName} ${name}`,
  ]
}

/**
 * Simplified with care: `opt` would turn a register that keeps its value into an undefined constant, and choose a value that suits; without -keepdc
 * two registers that may begin differently would become one.
 */
function miterScript(): string[] {
  const simplify = ['opt_expr -fine', 'opt_merge -keepdc', 'opt_expr -fine', 'opt_merge -keepdc', 'opt_clean']
  return [`miter -equiv -flatten ${GOLD} ${GATE} ${MITER}`, `hierarchy -top ${MITER}`, ...simplify]
}

/** Ends in an error where some input makes a difference. */
export function combinationalScript(): string[] {
  return [`read_rtlil ${FILES.miter}`, `sat -verify -show-inputs -prove trigger 0 ${MITER}`]
}

/** Ends in an error where some inputs make a difference within `cycles` after the reset, whatever the registers held before it. */
export function boundedScript(plan: StimulusPlan, cycles: number): string[] {
  return [`read_rtlil ${FILES.miter}`, boundedProof(plan, cycles)]
}

function boundedProof({ reset, resetCycles }: StimulusPlan, cycles: number): string {
  const value = reset?.active === 'high' ? 1 : 0
  const steps = Array.from({ length: reset === null ? 0 : resetCycles }, (_, i) => `-set-at ${i + 1} in_${reset!.port} ${value}`)
  const length = `-seq ${resetCycles + cycles} -prove-skip ${resetCycles}`
  return `sat -verify ${length} ${steps.join(' ')} -show trigger -prove trigger 0 ${MITER}`
}

/** Cycles of equality from which `equiv_induct` concludes that it goes on for ever. */
const INDUCTION_CYCLES = 4

/**
 * Comes to its end where both designs are equal for ever after the reset. Outputs and all signals that have the same name in both are compared:
 * first that they are equal in the cycles after the reset, which `equiv_induct` takes for granted, then that they stay so.
 */
export function inductionScript(plan: StimulusPlan): string[] {
  return [
    `read_rtlil ${FILES.pair}`,
    `expose -shared ${GOLD} ${GATE}`,
    // Only what was exposed is compared below.
    `rename -hide ${GOLD}/w:* ${GATE}/w:*`,
    'design -save exposed',
    ...miterScript(),
    boundedProof(plan, INDUCTION_CYCLES + 1),
    'design -load exposed',
    `equiv_make ${GOLD} ${GATE} zz_equiv`,
    'hierarchy -top zz_equiv',
    'equiv_simple -undef',
    `equiv_induct -undef -seq ${INDUCTION_CYCLES}`,
    'equiv_status -assert',
  ]
}
