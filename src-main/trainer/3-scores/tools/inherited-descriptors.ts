/**
 * Files that this process was started with and knows nothing of. Whoever started the trainer may have left some open, as shells, terminals and
 * services do; each of them would be open in every box as well, where a program reaches it by /proc/self/fd.
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs'

/** O_CLOEXEC of Linux, in the octal number of /proc/self/fdinfo. */
const CLOSED_IN_CHILDREN = 0o2000000

/**
 * Closes every descriptor that a child would inherit, but for the three of its own. For a process that has just begun: whatever Node opens itself, its
 * channel included, is closed in children. Nothing to do where there is no /proc: there is no Bubblewrap either.
 */
export function closeInherited(): void {
  if (process.platform !== 'linux') return
  const inherited = readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > 2 && isInherited(descriptor))
  for (const descriptor of inherited) closeSync(descriptor)
}

/** False for one that is gone: the listing itself needed one. */
function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))![1]!
    return (Number.parseInt(flags, 8) & CLOSED_IN_CHILDREN) === 0
  } catch {
    return false
  }
}
