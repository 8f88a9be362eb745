/** What a command is: a name, options with their own words, and what it does. Help and checks are made from the same table. */
import { parseArgs } from 'node:util'
import { Failure } from '#contract/failure'
import type { Context } from './context.ts'

export interface Option {
  readonly type: 'string' | 'boolean'
  /** May be given more than once. */
  readonly multiple?: true
  /** Stands for the value in the help, e.g. `NAME`. */
  readonly hint?: string
  readonly says: string
}
type Options = Readonly<Record<string, Option>>

type ValueOf<O extends Option> = O extends { type: 'boolean' }
  ? boolean
  : O extends { multiple: true }
    ? readonly string[]
    : string
export type Values<O extends Options> = { readonly [N in keyof O]?: ValueOf<O[N]> }

interface Definition<O extends Options> {
  /** One or two words. */
  readonly name: string
  readonly summary: string
  /** Names of what must be given, e.g. `run`. */
  readonly takes: readonly string[]
  /** The last of them may be given more than once. */
  readonly takesMore?: true
  readonly options: O
  /** Stands below the options in the help. */
  readonly notes: readonly string[]
  /** Exit code. `given` has as many items as `takes`, or more where it takes more. */
  readonly run: (context: Context, given: readonly string[], values: Values<O>) => Promise<number>
}

export interface Command {
  readonly name: string
  readonly summary: string
  readonly takes: readonly string[]
  readonly takesMore?: true
  readonly options: Options
  readonly notes: readonly string[]
  /** Exit code. Throws Failure arguments.invalid and what the workbench throws. */
  run(context: Context, args: readonly string[]): Promise<number>
}

export const JSON_OPTION = { type: 'boolean', says: 'print JSON for programs' } as const satisfies Option

export function command<const O extends Options>(definition: Definition<O>): Command {
  return {
    ...definition,
    run: async (context, args) => {
      const { positionals, values } = parse(args, definition.options)
      checkGiven(definition, positionals)
      return definition.run(context, positionals, values as Values<O>)
    },
  }
}

function parse(args: readonly string[], options: Options): { positionals: string[]; values: Record<string, unknown> } {
  const plain = Object.entries(options).map(
    ([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }] as const,
  )
  try {
    return parseArgs({ args: [...args], options: Object.fromEntries(plain), allowPositionals: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Failure('arguments.invalid', { problem: problemOf(error) }, { cause: error })
  }
}

/** Node names the option in quotation marks and adds hints of its own. */
function problemOf({ message }: TypeError): string {
  const option = /--[\w-]+|-\w/.exec(message)?.[0] ?? 'An option'
  if (message.startsWith('Unknown option')) return `There is no option "${option}" here.`
  if (message.includes('does not take an argument')) return `${option} takes no value.`
  if (message.includes('ambiguous')) return `${option} needs a value; one that begins with a dash is written ${option}=-1.`
  return `${option} needs a value.`
}

function checkGiven({ name, takes, takesMore }: Pick<Command, 'name' | 'takes' | 'takesMore'>, given: readonly string[]): void {
  const missing = takes[given.length]
  if (missing !== undefined) throw new Failure('arguments.invalid', { problem: `\`veritune ${name}\` needs <${missing}>.` })
  const extra = given[takes.length]
  if (extra !== undefined && takesMore !== true)
    throw new Failure('arguments.invalid', { problem: `\`veritune ${name}\` does not know what to do with "${extra}".` })
}

/** A whole number from an option. Throws Failure arguments.invalid. */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value)) {
    throw new Failure('arguments.invalid', { problem: `--${option} must be a whole number, not "${text}".` })
  }
  return value
}
