/** CodeV-R1 and other sets in veRL's schema: `prompt` (messages) and `reward_model.ground_truth`, which must be JSON. */
import { modulesOf } from '../../../verilog/modules.ts'
import { topsOf, unfenced } from '../draft.ts'
import { fieldOf, optionalText } from '../fields.ts'
import { RowProblem } from '../problem.ts'
import { isRecord } from '../rows/rows.ts'
import type { RowLayout } from './layout.ts'
import { rowId, splitOfRow } from './row-names.ts'

const TRUTH = 'reward_model.ground_truth'

export const verl: RowLayout = {
  name: 'veRL',
  matches: (value) => 'prompt' in value && isRecord(value.reward_model) && 'ground_truth' in value.reward_model,
  draft: (row, file) => {
    const { value } = row
    const [code, ...others] = codesOf(fieldOf(value, TRUTH))
    const tops = topsOf(modulesOf(code))
    if (tops.length !== 1) {
      const found = tops.length === 0 ? 'no module' : `several top modules (${tops.join(', ')})`
      throw new RowProblem(TRUTH, `The reference has ${found}.`, 'Give one top module.')
    }
    return {
      id: rowId(value, file, row.number),
      family: optionalText(value, 'data_source') ?? 'verl',
      difficulty: 3,
      instruction: instructionOf(value.prompt),
      moduleName: tops[0]!,
      reference: code,
      testbench: null,
      split: splitOfRow(value, file, 'extra_info.split'),
      group: null,
      remarks: others.length === 0 ? [] : [alternatives(others.length)],
    }
  },
}

/** What the user says last. */
function instructionOf(prompt: unknown): string {
  const messages = Array.isArray(prompt) ? prompt.filter((message) => isRecord(message)) : []
  const last = messages.findLast(({ role }) => role === 'user')?.content
  const text = typeof prompt === 'string' ? prompt : last
  if (typeof text !== 'string' || text.trim() === '') {
    throw new RowProblem('prompt', 'There is no message of the user.', 'Give messages with a role and a content.')
  }
  return text
}

/** All different alternatives, that of `answer` first: `{answer: {code, …}, …}`, `{answer: "…"}`, `{code}` or the code itself. */
function codesOf(truth: unknown): [string, ...string[]] {
  const text = truth instanceof Uint8Array ? Buffer.from(truth).toString('latin1') : truth
  const json = typeof text === 'string' ? parsedTruth(text) : text
  const { answer, ...others } = isRecord(json) && json.code === undefined ? json : { answer: json }
  const codes = [answer, ...Object.values(others)].map(codeOf).filter((code) => code !== null)
  const modules = codes.filter((code) => modulesOf(code).length > 0)
  const [first, ...more] = new Set(modules.length > 0 ? modules : codes)
  if (first !== undefined) return [first, ...more]
  throw new RowProblem(TRUTH, 'It holds no "code".', 'Give {"answer": {"code": "module …"}} as JSON.')
}

function codeOf(answer: unknown): string | null {
  const code = isRecord(answer) ? answer.code : answer
  return typeof code === 'string' && code.trim() !== '' ? unfenced(code) : null
}

/** The set's own scorer takes the best of several. */
function alternatives(count: number): RowProblem {
  const others = count === 1 ? 'Another alternative is' : `${count} other alternatives are`
  return new RowProblem(TRUTH, `${others} not used: a task has one reference.`, 'Check that the first one is the one to match.')
}

/** Some sets are encoded twice. */
function parsedTruth(text: string): unknown {
  const json = parsedOnce(text)
  return typeof json === 'string' && /^\s*["{[]/.test(json) ? parsedOnce(json) : json
}

function parsedOnce(text: string): unknown {
  if (isPickle(text)) {
    const fix = 'Use a copy of the data set whose ground truth is JSON.'
    throw new RowProblem(TRUTH, 'It is a Python pickle, which could run any program; it is never loaded.', fix)
  }
  try {
    return JSON.parse(text)
  } catch {
    // A bare module.
    if (/^\s*(```|`timescale|module\b|\/\/|\/\*)/.test(text)) return text
    throw new RowProblem(TRUTH, 'It is not JSON.', 'Give {"answer": {"code": "module …"}} as JSON.')
  }
}

/**
 * The first bytes of a pickle of protocol 2 to 5, as they are, where they were read as UTF-8 or Latin-1, in Python's own notation, base64 or
 * hexadecimal; and the text of protocol 0.
 */
function isPickle(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- Such characters are what it begins with.
  return /^(b?['"]?([\x80\uFFFD]|\\x80)([\x02-\x05]|\\x0[2-5])|gA[I-X]|800[2-5]|\(dp?\d|\(lp?\d|c\w+\n\w+\n)/.test(
    text.trimStart(),
  )
}
