/**
 * Run as a process in the place of an installed browser's program: of its flags those with which a picture is taken, over the browser that the tests have,
 * which knows none of them.
 */
import { launchBrowser } from './browser.ts'

const flags = new Map(process.argv.slice(2).map((flag) => flag.split(/=(.*)/s).slice(0, 2) as [string, string | undefined]))
const file = flags.get('--screenshot')
const page = process.argv.at(-1)!
const [width, height] = (flags.get('--window-size') ?? '800,600').split(',').map(Number) as [number, number]
if (process.env.CHROME_PATH?.endsWith('.sh')) throw new Error('it would start itself')
const choice = await launchBrowser()
if (choice.browser === null || file === undefined) throw new Error(choice.browser === null ? choice.reason : 'no --screenshot')
const scale = Number(flags.get('--force-device-scale-factor') ?? 1)
const opened = await choice.browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale })
await opened.goto(page)
await opened.screenshot({ path: file })
await choice.browser.close()
