/** What was read of runs -> the document, section by section. */
import { mapTexts, type ReportDocument } from './document.ts'
import { counted } from './numbers.ts'
import { completionsSection } from './sections/completions.ts'
import { curvesSection } from './sections/curves.ts'
import { evaluationSection } from './sections/evaluation.ts'
import { healthSection } from './sections/health.ts'
import { questionSection, titleOf } from './sections/question.ts'
import { reproduceSection } from './sections/reproduce.ts'
import { rewardSection } from './sections/reward.ts'
import { settingsSection } from './sections/settings.ts'
import { testSection } from './sections/test-tasks.ts'
import { verdictSection } from './sections/verdicts.ts'
import type { ReportSource } from './source.ts'
import { visible } from './visible-text.ts'

const SECTIONS = [
  questionSection,
  verdictSection,
  curvesSection,
  testSection,
  evaluationSection,
  settingsSection,
  rewardSection,
  completionsSection,
  healthSection,
  reproduceSection,
]

export function buildReport(source: ReportSource): ReportDocument {
  const { madeAt, version, runs } = source
  const date = madeAt.toISOString().slice(0, 16).replace('T', ' ')
  const document: ReportDocument = {
    title: titleOf(source),
    byline: `${date} UTC, VeriTune ${version}, ${counted(runs.length, 'run')}`,
    blocks: SECTIONS.flatMap((section) => section(source)),
    runIds: runs.map(({ detail }) => detail.summary.id),
  }
  return mapTexts(document, visible)
}
