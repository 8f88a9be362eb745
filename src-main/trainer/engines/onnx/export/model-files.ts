/** What goes with the weights of a model: tokenizer, chat template, how to generate, and under which licence. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failWhenFull } from '../full-disk.ts'

const FILES = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.json',
  'generation_config.json',
])
const PATTERNS = [/\.jinja$/, /^(licen[cs]e|notice|use_policy)/i]

/** Throws Failure disk.full. */
export function copyModelFiles(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const isWanted = FILES.has(entry.name) || PATTERNS.some((pattern) => pattern.test(entry.name))
    if (!isWanted || entry.isDirectory()) continue
    // Bytes alone: rights and links of the source are its own affair.
    const target = join(to, entry.name)
    failWhenFull(target, () => writeFileSync(target, readFileSync(join(from, entry.name))))
  }
}
