/** Opens an address in the person's browser. */
import { spawn } from 'node:child_process'

/** Never fails: where no browser can be opened, the address stands in the terminal. */
export function openBrowser(url: string): void {
  const [program, args] = opener(process.platform, url)
  const child = spawn(program, args, { detached: true, stdio: 'ignore', windowsHide: true })
  child.on('error', () => {})
  child.unref()
}

export function opener(platform: NodeJS.Platform, url: string): [program: string, args: string[]] {
  if (platform === 'darwin') return ['open', [url]]
  // `start` is a word of the shell, which reads & as its own; explorer takes the address as it is.
  if (platform === 'win32') return ['explorer.exe', [url]]
  return ['xdg-open', [url]]
}
