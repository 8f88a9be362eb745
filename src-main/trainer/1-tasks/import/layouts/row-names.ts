/** Names and splits that rows and their files may state. */
import { posix } from 'node:path'
import type { Split } from '#contract/splits'
import { identifier } from '../draft.ts'
import { fieldOf, optionalText } from '../fields.ts'
import type { Row } from '../rows/rows.ts'

const ID_FIELDS = ['id', 'task_id', 'name', 'index', 'extra_info.index']

/** What the row calls itself, else its file and number. */
export function rowId(value: Row['value'], file: string, number: number): string {
  const own = ID_FIELDS.map((name) => fieldOf(value, name)).find(
    (id) => ['string', 'number', 'bigint'].includes(typeof id) && id !== '',
  )
  const stem = posix.basename(file).replace(/\.\w+$/, '')
  return typeof own === 'string' ? own.slice(0, 200) : `${identifier(stem)}-${String(own ?? number)}`
}

const SPLIT_WORDS: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
}

/** By a column, else by a word in the file's name; null when neither says. */
export function splitOfRow(value: Row['value'], file: string, column = 'split'): Split | null {
  const stated = optionalText(value, column)
  if (stated !== null && Object.hasOwn(SPLIT_WORDS, stated.toLowerCase())) return SPLIT_WORDS[stated.toLowerCase()]!
  const words = posix
    .basename(file)
    .toLowerCase()
    .split(/[^a-z]+/)
  const word = words.find((one) => Object.hasOwn(SPLIT_WORDS, one))
  return word === undefined ? null : SPLIT_WORDS[word]!
}
