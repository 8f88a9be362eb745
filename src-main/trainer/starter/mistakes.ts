/**
 * Plausible mistakes: each changes a design into one that a hurried engineer might have written instead.
 * They make the mutants that a task must refuse, and the noise of the corpus. The ports stay as they are.
 */
import type { Design, Forms, Register, Step } from './design.ts'

export type Mistake = (design: Design) => Design | null

const OTHER_OPERATOR: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '&': '|',
  '|': '&',
  '^': '|',
  '<<': '>>',
  '>>': '<<',
  '>>>': '>>',
  '<': '>',
  '>': '<',
  '<=': '<',
  '>=': '>',
  '==': '!=',
  '!=': '==',
}
const OPERATOR = / (\+|-|&|\||\^|<<|>>>|>>|<=|>=|<|>|==|!=) /g
/** A number that is neither an index nor part of a sized literal or a replication. */
const CONSTANT = /(?<![\w'[:{])(\d+)(?![\w'\]:{])/g
const OPERAND = String.raw`~?\w+(?:\[[\d:]+\])?(?: [-+&|^] ~?\w+(?:\[[\d:]+\])?)*|\([^()]*\)`

/** By name. Each answers null where it does not apply. */
export const MISTAKES: Readonly<Record<string, Mistake>> = {
  'first operator': inValues((value) => swapOperator(value, 0)),
  'last operator': inValues((value) => swapOperator(value, -1)),
  'one too many': inValues((value) => shiftConstant(value, 1)),
  'one too few': inValues((value) => shiftConstant(value, -1)),
  'swapped choices': inValues((value) => replaceFirst(value, new RegExp(`\\? (${OPERAND}) : (${OPERAND})`), '? $2 : $1')),
  'swapped operands': inValues((value) => (/\ba\b/.test(value) && /\bb\b/.test(value) ? swapNames(value, 'a', 'b') : null)),
  'swapped parts': inValues((value) => replaceFirst(value, /^\{([^{}]+|\{[^{}]+\{[^{}]+\}\}), ([^{},]+)\}$/, '{$2, $1}')),
  'wrong bit': inValues((value) =>
    replaceFirst(value, /\[(\d+)\]/, (_, index: string) => `[${Number(index) > 0 ? Number(index) - 1 : Number(index) + 1}]`),
  ),
  'wrong pattern': inValues((value) =>
    replaceFirst(value, /'b([01]+)/, (_, bits: string) => `'b${bits.slice(0, -1)}${bits.endsWith('1') ? '0' : '1'}`),
  ),
  'reversed pattern': inValues((value) =>
    replaceFirst(value, /'b([01]+)/, (_, bits: string) => `'b${[...bits].reverse().join('')}`),
  ),
  inverted: inValues((value) =>
    /^~\(.*\)$/.test(value) ? value.slice(2, -1) : /^~/.test(value) ? value.slice(1) : `~(${value})`,
  ),
  'lost last term': inValues((value) => replaceFirst(value, new RegExp(`^(.+) [-+&|^] (?:${OPERAND})$`), '$1')),
  'other reduction': inValues((value) => replaceFirst(value, /(?<![\w\])] ?)[|^](?=a)/, '&')),
  unsigned: inValues((value) => (value.includes('$signed') ? value.replace(/\$signed\((\w+)\)/g, '$1') : null)),
  'stuck at 0': (design) => ({
    ...design,
    outputs: design.outputs.map(({ target }) => ({ target, value: ['0'] })),
    steps: design.steps.map((step) => ({ ...step, set: step.set.map(({ register }) => ({ register, value: ['0'] })) })),
  }),
  'missing enable': inSteps((steps) =>
    steps.at(-1)!.when === null ? null : [...steps.slice(0, -1), { ...steps.at(-1)!, when: null }],
  ),
  'inverted enable': inSteps((steps) => {
    const step = steps[0]!
    return step.when === null ? null : [{ ...step, when: `!${step.when}` }, ...steps.slice(1)]
  }),
  'swapped priority': inSteps((steps) =>
    steps.length < 2 || steps[1]!.when === null ? null : [steps[1]!, steps[0]!, ...steps.slice(2)],
  ),
  'reset kind': inReset((reset) => ({ ...reset, kind: reset.kind === 'sync' ? 'async' : 'sync' })),
  'reset polarity': inReset((reset) => ({ ...reset, active: reset.active === 'high' ? 'low' : 'high' })),
  'reset value': (design) =>
    design.registers.length === 0 ? null : { ...design, registers: design.registers.map(otherResetValue) },
}

/** The mistake made in a design, or null where it changes nothing. */
export function makeMistake(design: Design, name: string): Design | null {
  const mistake = MISTAKES[name]
  if (mistake === undefined) throw new Error(`there is no mistake "${name}"`)
  return mistake(design)
}

/** All mistakes that apply, by name. */
export function mistakesIn(design: Design): { name: string; design: Design }[] {
  return Object.keys(MISTAKES).flatMap((name) => {
    const changed = makeMistake(design, name)
    return changed === null ? [] : [{ name, design: changed }]
  })
}

/** Changes the first value, of outputs then steps, that the change applies to. */
function inValues(change: (value: string) => string | null): Mistake {
  const changeForms = (forms: Forms): Forms | null => {
    const changed = forms.map((form) => change(form))
    return changed.some((form) => form === null) ? (changed[0] === null ? null : [changed[0]!]) : (changed as string[])
  }
  return (design) => {
    for (const [i, output] of design.outputs.entries()) {
      const value = changeForms(output.value)
      if (value !== null) return { ...design, outputs: design.outputs.with(i, { ...output, value }) }
    }
    for (const [i, step] of design.steps.entries()) {
      for (const [k, assignment] of step.set.entries()) {
        const value = changeForms(assignment.value)
        if (value !== null)
          return { ...design, steps: design.steps.with(i, { ...step, set: step.set.with(k, { ...assignment, value }) }) }
      }
    }
    return null
  }
}

function inSteps(change: (steps: readonly Step[]) => readonly Step[] | null): Mistake {
  return (design) => {
    const steps = design.steps.length === 0 ? null : change(design.steps)
    return steps === null ? null : { ...design, steps }
  }
}

function inReset(change: (reset: NonNullable<Design['reset']>) => NonNullable<Design['reset']>): Mistake {
  return (design) => (design.reset === null ? null : { ...design, reset: change(design.reset) })
}

function otherResetValue(register: Register): Register {
  return { ...register, resetValue: register.resetValue === 0 ? 1 : 0 }
}

function swapOperator(value: string, which: 0 | -1): string | null {
  const match = [...value.matchAll(OPERATOR)].at(which)
  if (match === undefined) return null
  return `${value.slice(0, match.index)} ${OTHER_OPERATOR[match[1]!]} ${value.slice(match.index + match[0].length)}`
}

/** The first constant above 0, moved by `by`. */
function shiftConstant(value: string, by: 1 | -1): string | null {
  const match = [...value.matchAll(CONSTANT)].find(([number]) => number !== '0')
  if (match === undefined) return null
  return value.slice(0, match.index) + String(Number(match[0]) + by) + value.slice(match.index + match[0].length)
}

function replaceFirst(value: string, pattern: RegExp, by: string | ((...groups: string[]) => string)): string | null {
  const replaced = typeof by === 'string' ? value.replace(pattern, by) : value.replace(pattern, by)
  return replaced === value ? null : replaced
}

function swapNames(value: string, one: string, other: string): string | null {
  const swapped = value.replace(/\b[a-z]+\b/g, (name) => (name === one ? other : name === other ? one : name))
  return swapped === value ? null : swapped
}
