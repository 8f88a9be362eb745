/** The trainer's entry: one command, run it, exit with a true exit code. */
import { Failure } from '#contract/failure'
import { EXIT_CODES } from '#contract/run-directory'

type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./commands/train.ts')).train,
  service: async () => (await import('./commands/service.ts')).service,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  'serve-run': async () => (await import('./commands/serve-run.ts')).serveRun,
  'starter-tasks': async () => (await import('./commands/starter-tasks.ts')).starterTasks,
  'starter-build': async () => (await import('./commands/starter-build.ts')).starterBuild,
}

const [name = '', ...args] = process.argv.slice(2)
try {
  const load = COMMANDS[name]
  if (load === undefined) {
    throw new Failure('arguments.invalid', { problem: `The trainer knows ${Object.keys(COMMANDS).join(', ')}, not "${name}".` })
  }
  process.exitCode = await (await load())(args)
} catch (error) {
  console.error(error instanceof Failure ? error.sentence : error)
  process.exitCode = error instanceof Failure ? error.exitCode : EXIT_CODES.failed
}
