/**
 * A real browser for tests: CHROME_PATH, else an installed Chromium or Chrome, else the one that an npm package carries (Linux x64).
 * Null where none can be started; the reason says what was tried.
 */
import { accessSync, constants, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser } from 'playwright-core'

interface Candidate {
  readonly name: string
  readonly executablePath: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The sandbox of Chromium needs rights that containers and root do not give; the pages under test are our own. */
const ARGS = ['--no-sandbox', '--force-color-profile=srgb']

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((name) =>
    join(process.env[name] ?? 'C:\\', 'Google', 'Chrome', 'Application', 'chrome.exe'),
  ),
]

export type BrowserChoice =
  { readonly browser: Browser; readonly name: string } | { readonly browser: null; readonly reason: string }

/** Starts the first browser that starts. The caller closes it. */
export async function launchBrowser(): Promise<BrowserChoice> {
  const problems: string[] = []
  for (const find of [fromEnvironment, installed, carriedByPackage]) {
    try {
      const candidate = await find()
      if (candidate === null) continue
      const { executablePath, args, env } = candidate
      const browser = await chromium.launch({
        executablePath,
        headless: true,
        args: [...args],
        env: { ...definedEnvironment(), ...env },
      })
      return { browser, name: `${candidate.name} ${browser.version()}` }
    } catch (error) {
      problems.push(`${find.name}: ${firstLine(error)}`)
    }
  }
  return { browser: null, reason: problems.join('; ') || 'no browser is installed; set CHROME_PATH to one' }
}

function fromEnvironment(): Candidate | null {
  const path = process.env.CHROME_PATH
  return path ? { name: `CHROME_PATH ${path}`, executablePath: path, args: ARGS } : null
}

function installed(): Candidate | null {
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const found = [...onPath, ...PLACES].find(isExecutable)
  return found ? { name: found, executablePath: found, args: ARGS } : null
}

/** Unpacks into the temporary folder once; later calls find it there. The libraries that minimal systems lack are in the package too. */
async function carriedByPackage(): Promise<Candidate | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const { default: carried, inflate } = await import('@sparticuz/chromium')
  const archive = fileURLToPath(new URL('../../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium')))
  const [executablePath, libraries] = await Promise.all([carried.executablePath(), inflate(archive)])
  return {
    name: '@sparticuz/chromium',
    executablePath,
    args: [...ARGS, '--headless=shell'],
    env: { LD_LIBRARY_PATH: join(libraries, 'lib'), FONTCONFIG_PATH: join(tmpdir(), 'fonts') },
  }
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
