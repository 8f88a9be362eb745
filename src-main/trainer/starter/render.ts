/** Design -> Verilog. */
import type { Port } from '#contract/task'
import type { Design, Reset, Step } from './design.ts'

/** How a design is written down. The numbers choose among equal ways. */
export interface CodeStyle {
  /** Which form of each value. */
  readonly form: number
  /** Bodies of always blocks stand between begin and end. */
  readonly hasBlock: boolean
  /** Combinational outputs are written in an always block instead of an assign; enables become `q <= en ? … : q`. */
  readonly isProcedural: boolean
}

export const CANONICAL: CodeStyle = { form: 0, hasBlock: false, isProcedural: false }

export const CODE_STYLES: readonly CodeStyle[] = [
  CANONICAL,
  { form: 1, hasBlock: false, isProcedural: false },
  { form: 0, hasBlock: true, isProcedural: false },
  { form: 0, hasBlock: false, isProcedural: true },
]

/** One module, ended by `endmodule` without a newline. */
export function render(design: Design, style: CodeStyle = CANONICAL): string {
  const registers = new Set(design.registers.map(({ name }) => name))
  const isReg = (port: Port): boolean =>
    port.direction === 'output' &&
    (registers.has(port.name) || (style.isProcedural && design.outputs.some(({ target }) => namesOf(target).includes(port.name))))
  const header = design.ports
    .map((port) => `${port.direction}${isReg(port) ? ' reg' : ''} ${range(port.width)}${port.name}`)
    .join(', ')
  return [
    `module ${design.moduleName}(${header});`,
    ...design.registers.filter(({ isOutput }) => !isOutput).map(({ name, width }) => `  reg ${range(width)}${name};`),
    ...design.outputs.map(({ target, value }) => {
      const assignment = `${target} = ${value[style.form % value.length]};`
      return style.isProcedural ? `  always @(*) ${assignment}` : `  assign ${assignment}`
    }),
    ...(design.steps.length === 0 ? [] : clockedBlock(design, style)),
    'endmodule',
  ].join('\n')
}

function clockedBlock(design: Design, style: CodeStyle): string[] {
  const reset = design.reset
  const edges = [`${design.clock === 'falling' ? 'negedge' : 'posedge'} clk`]
  if (reset?.kind === 'async') edges.push(`${reset.active === 'high' ? 'posedge' : 'negedge'} ${reset.port}`)
  const head = `  always @(${edges.join(' or ')})`
  const lines = [...(reset === null ? [] : resetBranch(design, reset)), ...stepBranches(design, style, reset !== null)]
  return style.hasBlock
    ? [`${head} begin`, ...lines.map((line) => `    ${line}`), '  end']
    : [head, ...lines.map((line) => `    ${line}`)]
}

function resetBranch(design: Design, reset: Reset): string[] {
  const values = design.registers.map(({ name, resetValue }) => `${name} <= ${resetValue};`)
  return [`if (${reset.active === 'high' ? '' : '!'}${reset.port}) ${grouped(values)}`]
}

function stepBranches(design: Design, style: CodeStyle, hasReset: boolean): string[] {
  const folded = style.isProcedural ? design.steps.map(foldEnable) : design.steps
  return folded.map((step, i) => {
    const values = step.set.map(({ register, value }) => `${register} <= ${value[style.form % value.length]};`)
    const before = i > 0 || hasReset ? 'else ' : ''
    const test = step.when === null ? '' : `if (${step.when}) `
    return `${before}${test}${grouped(values)}`
  })
}

/** `if (en) q <= x` as `q <= en ? x : q`; only the last step may be folded, but an earlier one reads the same folded. */
function foldEnable(step: Step, index: number, steps: readonly Step[]): Step {
  if (step.when === null || index < steps.length - 1) return step
  return {
    when: null,
    set: step.set.map(({ register, value }) => ({
      register,
      value: value.map((form) => `${step.when} ? ${/[?]/.test(form) ? `(${form})` : form} : ${register}`),
    })),
  }
}

function grouped(statements: readonly string[]): string {
  return statements.length === 1 ? statements[0]! : `begin ${statements.join(' ')} end`
}

function range(width: number): string {
  return width === 1 ? '' : `[${width - 1}:0] `
}

/** The names in an assignment's target: `{co, y}` -> co, y. */
export function namesOf(target: string): string[] {
  return target.match(/\w+/g) ?? []
}
