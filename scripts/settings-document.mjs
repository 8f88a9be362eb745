// Makes docs/settings.md from the catalogue: `node scripts/settings-document.mjs` writes it.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ALGORITHM_TITLES } from '../src-main/contract/algorithm-names.ts'
import { ALGORITHM_SETTINGS, RUN_SETTINGS } from '../src-main/contract/settings-catalogue.ts'

export const SETTINGS_DOCUMENT = join(resolve(import.meta.dirname, '..'), 'docs/settings.md')

export function settingsDocument() {
  const algorithms = Object.entries(ALGORITHM_SETTINGS).map(([name, settings]) => {
    const own = Object.fromEntries(Object.entries(settings).map(([field, setting]) => [`algorithm.${field}`, setting]))
    return `## ${ALGORITHM_TITLES[name]} (\`${name}\`)\n\n${tableOf(own)}`
  })
  return `# Settings of a run

Made from \`src-main/contract/settings-catalogue.ts\` by \`node scripts/settings-document.mjs\`. The paths are those of \`config.json\` and of \`--set\`. A default is what a config
without the setting means, or where it must be said, what the starter's presets say; \`off\` is written null.

## Every run

${tableOf(RUN_SETTINGS)}

${algorithms.join('\n\n')}
`
}

function tableOf(settings) {
  const rows = Object.entries(settings).map(
    ([path, { meaning, source, range, default: initial }]) =>
      `| \`${path}\` | ${meaning} | ${rangeWords(range)} | ${valueWords(initial)} | ${source} |`,
  )
  return ['| Setting | Meaning | Range | Default | Source |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}

function rangeWords(range) {
  if (range.kind === 'choice') return range.choices.join(', ')
  if (range.kind === 'switch') return 'true, false'
  if (range.kind === 'text') return 'text'
  const { min, above, max, below, isWhole, isNullable } = range
  const ends = [
    min !== undefined ? `from ${min}` : above !== undefined ? `above ${above}` : '',
    max !== undefined ? `to ${max}` : below !== undefined ? `below ${below}` : '',
  ]
  return [[isWhole ? 'whole,' : '', ...ends].filter(Boolean).join(' '), isNullable ? 'or off' : ''].filter(Boolean).join(' ')
}

function valueWords(value) {
  if (value === null) return 'off'
  return value === '' || (Array.isArray(value) && value.length === 0) ? 'none' : String(value)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(SETTINGS_DOCUMENT, settingsDocument())
}
