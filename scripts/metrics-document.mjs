// Makes docs/metrics.md from the catalogue: `node scripts/metrics-document.mjs` writes it.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WARNINGS } from '../src-main/contract/health-warnings.ts'
import { isDerived, METRICS } from '../src-main/contract/metrics.ts'

export const METRICS_DOCUMENT = join(resolve(import.meta.dirname, '..'), 'docs/metrics.md')

export function metricsDocument() {
  const rows = Object.entries(METRICS)
    .filter(([key]) => !isDerived(key))
    .map(([key, { title, unit, better, definition }]) => `| \`${key}\` | ${title} | ${unit} | ${better} | ${definition} |`)
  const warnings = Object.entries(WARNINGS).map(
    ([code, { title, watches, limit, reason, isSevere }]) =>
      `| \`${code}\` | ${title} | ${watches} | ${limit} | ${isSevere ? 'severe' : 'mild'} | ${reason} |`,
  )
  return `# Metrics

Made from \`src-main/contract/metrics.ts\` by \`node scripts/metrics-document.mjs\`. The keys are the same in the journal, in the store and on the charts.
\`train/\` is measured on the rollouts of a step, \`eval/\` on validation tasks, \`test/\` on test tasks, by \`veritune eval --split test\` alone.
Each rate and each pass@k of an evaluation also comes with \`_low\` and \`_high\`, the ends of its 95 % bootstrap interval over tasks, and where it is compared
with the model before training with \`_gain\`, \`_gain_low\` and \`_gain_high\`, paired over tasks. Where some of its tasks are of families that no training
task shows, all of that stands once more under \`eval/known/\` and \`eval/unseen/\`.

| Key | Title | Unit | Better | Definition |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Warnings

Made from \`src-main/contract/health-warnings.ts\`. After each step of reinforcement learning the run looks back on its journal and says what begins to go wrong, with the
numbers and a setting that helps: once, and again only after it was gone for five steps. For a severe one a run with \`onAlert: pause\` saves a checkpoint and waits.

| Warning | Title | Watches | Limit | Kind | Why there |
| --- | --- | --- | --- | --- | --- |
${warnings.join('\n')}
`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(METRICS_DOCUMENT, metricsDocument())
}
