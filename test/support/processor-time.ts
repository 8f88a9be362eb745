/** What a call costs, on a machine that is busy with other things. */

/** Seconds of processor time that this thread takes for it. */
export function secondsOf(call: () => unknown): number {
  const before = process.threadCpuUsage()
  call()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1e6
}
