/** Paper and pictures for programs without Electron: a browser of this machine draws the page. The page carries a policy that lets it ask for nothing. */
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from '#contract/failure'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge', 'msedge']
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
]
const WINDOWS_PLACES = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe']
const PATIENCE_MS = 120_000
/** Of a window's height newer browsers take so much for a frame that nobody sees. */
const FRAME_PX = 160

/** Throws Failure report.no-printer, report.not-printed. */
export async function printWithChromium(html: string, environment: NodeJS.ProcessEnv = process.env): Promise<Uint8Array> {
  const program = findChromium(environment)
  if (program === null) throw new Failure('report.no-printer')
  return drawn(program, html, 'report.pdf', (file) => ['--no-pdf-header-footer', `--print-to-pdf=${file}`])
}

/** A picture (PNG) of a page of this size in CSS pixels; null where no browser is installed. Throws Failure report.not-printed. */
export async function pictureWithChromium(
  { html, width, height }: { readonly html: string; readonly width: number; readonly height: number },
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Uint8Array | null> {
  const program = findChromium(environment)
  if (program === null) return null
  const size = [`--window-size=${width},${height + FRAME_PX}`, '--force-device-scale-factor=2', '--hide-scrollbars']
  return drawn(program, html, 'report.png', (file) => [...size, `--screenshot=${file}`])
}

async function drawn(
  program: string,
  html: string,
  name: string,
  wishes: (file: string) => readonly string[],
): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-print-'))
  try {
    const [page, file] = [join(folder, 'report.html'), join(folder, name)]
    writeFileSync(page, html)
    await run(program, argumentsFor(page, join(folder, 'profile'), wishes(file)))
    return readDrawn(file, program)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** CHROME_PATH, else what is installed: Chromium, Chrome or Edge; null without any. */
export function findChromium(environment: NodeJS.ProcessEnv): string | null {
  const named = environment.CHROME_PATH
  if (named !== undefined && named !== '') return named
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const onPath = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => environment[name] ?? [])
  const places = [
    ...onPath.flatMap((folder) => NAMES.map((name) => join(folder, name + suffix))),
    ...(process.platform === 'darwin' ? APPLICATIONS : []),
    ...roots.flatMap((root) => WINDOWS_PLACES.map((place) => join(root, place))),
  ]
  return places.find(isExecutable) ?? null
}

function argumentsFor(page: string, profile: string, wishes: readonly string[]): string[] {
  return [
    '--headless',
    '--disable-gpu',
    '--no-first-run',
    '--disable-extensions',
    '--disable-background-networking',
    `--user-data-dir=${profile}`,
    ...wishes,
    // Chromium has no sandbox for root; the page asks for nothing and runs only the script that its policy names.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    pathToFileURL(page).href,
  ]
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
    child.once('error', (error) =>
      failed(new Failure('report.not-printed', { program, reason: error.message }, { cause: error })),
    )
    child.once('close', (code, signal) => {
      if (code === 0) return done()
      const reason = `it ended with ${signal ?? `code ${code}`}${said === '' ? '' : `: ${said.trim().split('\n').at(-1)}`}`
      failed(new Failure('report.not-printed', { program, reason }))
    })
  })
}

/** A browser may end well without having drawn. */
function readDrawn(file: string, program: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Failure('report.not-printed', { program, reason: 'it wrote no file' }, { cause: error })
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
