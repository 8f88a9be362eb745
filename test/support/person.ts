/** A person's own folder and environment for one test. */
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

/** Changes the environment for this test; answers the person's own folder. */
export function personWith(changes: NodeJS.ProcessEnv): string {
  const home = temporaryFolder()
  const before = { ...process.env }
  Object.assign(process.env, { HOME: home })
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  onTestFinished(() => {
    process.env = before
  })
  return home
}
