/** The LaTeX of hostile texts, where a LaTeX is installed: it compiles, and reads no file that is not its own. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mapTexts } from '#report/document'
import { latexOf } from '#report/latex'
import { visible } from '#report/visible-text'
import { everyBlock, HOSTILE_TEXTS } from '#test/support/report-sources'
import { temporaryFolder } from '#test/support/temporary-folder'

const PATIENCE_MS = 240_000

const isThere = spawnSync('pdflatex', ['--version']).status === 0
const why = isThere ? '' : ' (skipped: pdflatex is not installed)'
if (!isThere) console.log(`LaTeX is not compiled${why}`)

test.skipIf(!isThere)(
  `hostile texts compile without an error and open no other file${why}`,
  () => {
    const folder = temporaryFolder()
    const text = HOSTILE_TEXTS.filter((one) => one.length < 1_000).join('\n')
    const document = mapTexts(
      everyBlock((name) => `${name} ${text}`),
      visible,
    )
    writeFileSync(join(folder, 'report.tex'), latexOf(document))
    const { status } = spawnSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', '-recorder', 'report.tex'], {
      cwd: folder,
      timeout: PATIENCE_MS,
    })
    expect(status).toBe(0)
    const opened = readFileSync(join(folder, 'report.fls'), 'utf8')
    expect(opened).not.toMatch(/passwd/)
    expect(readFileSync(join(folder, 'report.pdf')).subarray(0, 5).toString()).toBe('%PDF-')
  },
  PATIENCE_MS,
)
