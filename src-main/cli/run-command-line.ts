/** One command line: which command, and what it gives back to the shell. */
import { Failure } from '#contract/failure'
import { EXIT_CODES } from '#contract/run-directory'
import type { Command } from './command.ts'
import { datasetAllow } from './commands/dataset-allow.ts'
import { datasetCheck } from './commands/dataset-check.ts'
import { doctor } from './commands/doctor.ts'
import { engineInstall, engineList, engineRemove } from './commands/engine.ts'
import { evaluate } from './commands/evaluate.ts'
import { experiment } from './commands/experiment.ts'
import { experiments } from './commands/experiments.ts'
import { exportModel } from './commands/export-model.ts'
import { exportWandbOffline } from './commands/export-wandb-offline.ts'
import { hostAdd, hostCheck, hostList, hostRemove } from './commands/hosts.ts'
import { importTrl } from './commands/import-trl.ts'
import { modelDownload } from './commands/model-download.ts'
import { modelInspect } from './commands/model-inspect.ts'
import { report } from './commands/report.ts'
import { resume } from './commands/resume.ts'
import { rewardAttack } from './commands/reward-attack.ts'
import { runs } from './commands/runs.ts'
import { playground } from './commands/playground.ts'
import { score } from './commands/score.ts'
import { serve } from './commands/serve.ts'
import { show } from './commands/show.ts'
import { stop } from './commands/stop.ts'
import { storeRebuild } from './commands/store-rebuild.ts'
import { sync } from './commands/sync.ts'
import { train } from './commands/train.ts'
import type { Context } from './context.ts'
import { commandHelp, overview } from './help.ts'

export const COMMANDS: readonly Command[] = [
  train,
  resume,
  stop,
  runs,
  show,
  score,
  playground,
  evaluate,
  experiment,
  experiments,
  report,
  rewardAttack,
  exportModel,
  exportWandbOffline,
  importTrl,
  modelInspect,
  modelDownload,
  datasetCheck,
  datasetAllow,
  engineInstall,
  engineRemove,
  engineList,
  hostAdd,
  hostList,
  hostCheck,
  hostRemove,
  sync,
  storeRebuild,
  doctor,
  serve,
]

/** Exit code. A Failure is told in its sentence; a bug is told with its stack. */
export async function runCommandLine(args: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(args, context)
  } catch (error) {
    context.terminal.status(null)
    context.terminal.complain(error instanceof Failure ? error.sentence : stackOf(error))
    return error instanceof Failure ? error.exitCode : EXIT_CODES.failed
  }
}

async function dispatch(args: readonly string[], context: Context): Promise<number> {
  const [first = '--help'] = args
  if (first === '--version' || first === '-v') return tell(context, context.version)
  if (first === '--help' || first === '-h') return tell(context, overview(COMMANDS, context.version))
  if (first === 'help') return dispatch([...args.slice(1), '--help'], context)
  const command = commandOf(args)
  const rest = args.slice(command.name.split(' ').length)
  if (asksForHelp(rest)) return tell(context, commandHelp(command))
  return command.run(context, rest)
}

/** What stands after `--` is never an option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).some((argument) => argument === '--help' || argument === '-h')
}

function commandOf(args: readonly string[]): Command {
  const command = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => args[i] === word))
  if (command !== undefined) return command
  const [first = ''] = args
  const longer = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => `\`veritune ${name}\``)
  const problem = first.startsWith('-') ? `There is no option "${first}" before a command.` : `There is no command "${first}".`
  throw new Failure('arguments.invalid', { problem: longer.length > 0 ? `There is only ${longer.join(', ')}.` : problem })
}

function tell({ terminal }: Context, text: string): number {
  terminal.print(text)
  return 0
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
