/** Paper by the desktop's own engine: a hidden window that runs no script, over a file whose policy lets it ask for nothing. */
import { BrowserWindow } from 'electron'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '#contract/failure'

const printing = new WeakSet<BrowserWindow>()

/** No person ever sees such a window. */
export function isPrinting(window: BrowserWindow): boolean {
  return printing.has(window)
}

/** Throws Failure report.not-printed. */
export async function printPdf(html: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-print-'))
  const window = new BrowserWindow({
    show: false,
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false, partition: 'print' },
  })
  printing.add(window)
  try {
    const page = join(folder, 'report.html')
    writeFileSync(page, html)
    await window.loadFile(page)
    return await window.webContents.printToPDF({ preferCSSPageSize: true, printBackground: true })
  } catch (error) {
    throw new Failure('report.not-printed', { program: 'VeriTune', reason: (error as Error).message }, { cause: error })
  } finally {
    window.destroy()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
