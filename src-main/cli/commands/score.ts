import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure } from '#contract/failure'
import { JUDGES, type Judge } from '#contract/run-config'
import { COMPONENTS, isScored, type Evidence, type ScoreReport } from '#contract/score'
import { command, JSON_OPTION } from '../command.ts'
import { decimals } from '../numbers.ts'
import { absolute } from '../run-request.ts'
import { tableLines } from '../table.ts'

export const score = command({
  name: 'score',
  summary: 'Score a Verilog file, or a whole completion, against a task',
  takes: ['file'],
  options: {
    task: { type: 'string', hint: 'ID', says: 'task whose reference decides' },
    dataset: { type: 'string', hint: 'FILE', says: 'task file; the starter tasks if left out' },
    judge: {
      type: 'string',
      hint: JUDGES.join('|'),
      says: 'what decides the functional score; netlist if left out, which needs no tools',
    },
    prove: { type: 'boolean', says: 'try to prove a design that passes equal to the reference for all inputs' },
    json: JSON_OPTION,
  },
  notes: ['"-" reads standard input. A file without a fenced block is taken as the module itself.'],
  run: async (context, [file], values) => {
    if (values.task === undefined) throw new Failure('arguments.invalid', { problem: '`veritune score` needs --task ID.' })
    const text = file === '-' ? await context.readStandardInput() : readText(resolve(context.folder, file!))
    const dataset = absolute(values.dataset ?? 'starter', context.folder) as string
    const { api } = await context.workbench()
    const judge = judgeOf(values.judge)
    const report = await api['score.completion'](dataset, values.task, asCompletion(text), judge, values.prove === true)
    context.terminal.print(values.json === true ? JSON.stringify(report, null, 2) : reportLines(report).join('\n'))
    return 0
  },
})

function judgeOf(text = 'netlist'): Judge {
  const judge = JUDGES.find((one) => one === text)
  if (judge === undefined)
    throw new Failure('arguments.invalid', { problem: `--judge is one of ${JUDGES.join(', ')}, not "${text}".` })
  return judge
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? `The file ${file} is not there.` : `The file ${file} cannot be read: ${message}.`
    throw new Failure('arguments.invalid', { problem }, { cause: error })
  }
}

/** Scorers look for a fenced module, as a model writes it. */
export function asCompletion(text: string): string {
  return text.includes('```') ? text : `\`\`\`verilog\n${text.trimEnd()}\n\`\`\`\n`
}

function reportLines({ scores, tools }: ScoreReport): string[] {
  const rows = COMPONENTS.map((component) => {
    const one = scores[component]
    return isScored(one)
      ? [component, decimals(one.value), one.outcome, one.evidence.summary]
      : [component, '-', 'unscored', one.unscored]
  })
  const details = COMPONENTS.flatMap((component) => {
    const one = scores[component]
    return isScored(one) ? evidenceLines(one.evidence) : []
  })
  const judges = Object.entries(tools).map(([tool, version]) => `${tool} ${version}`)
  return [...tableLines(rows, [1]), ...details, ...(judges.length > 0 ? [`Scored with ${judges.join(', ')}.`] : [])]
}

function evidenceLines({ diagnostics = [], statements = [], counterexample, deductions = [] }: Evidence): string[] {
  return [
    ...diagnostics.map(({ severity, line, message }) => `  ${severity}${line === null ? '' : `, line ${line}`}: ${message}`),
    ...(counterexample === undefined
      ? []
      : [
          `  cycle ${counterexample.cycle} of sequence ${counterexample.sequence}: inputs ${assignments(counterexample.inputs)};` +
            ` expected ${assignments(counterexample.expected)}; got ${assignments(counterexample.actual)}`,
        ]),
    ...statements.map(({ text, isTrue, note }) => `  ${isTrue ? 'true' : 'false'}: ${text}${note === '' ? '' : ` (${note})`}`),
    ...deductions.map(({ reason, amount }) => `  -${amount.toFixed(2)} ${reason}`),
  ]
}

function assignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([port, value]) => `${port}=${value}`)
    .join(' ')
}
