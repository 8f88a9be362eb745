import { resolve } from 'node:path'
import type { AttackReport, CheatResult, RewardRemedy } from '#contract/reward-attack'
import { command, JSON_OPTION, wholeNumber } from '../command.ts'
import { counted } from '../numbers.ts'
import { parseSetting, runRequest } from '../run-request.ts'
import { tableLines } from '../table.ts'

export const rewardAttack = command({
  name: 'reward attack',
  summary: 'Try what cheats earn from a reward, beside an honest failure',
  takes: [],
  options: {
    preset: { type: 'string', hint: 'NAME', says: 'settings that ship with VeriTune, e.g. starter-grpo' },
    config: { type: 'string', hint: 'FILE', says: 'settings from a JSON file, e.g. the config.json of another run' },
    set: { type: 'string', multiple: true, hint: 'PATH=VALUE', says: 'any other setting, e.g. reward.weights.compilation=1' },
    tasks: { type: 'string', hint: 'N', says: 'training tasks (default 8)' },
    json: JSON_OPTION,
  },
  notes: [
    'Every answer has the same true reasoning.',
    "An honest failure is the task's reference with one piece changed: it compiles and does something else.",
    'Exit code 0 when every cheat earns less than that, else 2. With attackReward=true a run does this before its first step.',
  ],
  run: async ({ terminal, workbench, folder }, _, values) => {
    const request = runRequest({
      preset: values.preset,
      configFile: values.config === undefined ? undefined : resolve(folder, values.config),
      overrides: (values.set ?? []).map((text) => parseSetting(text, folder)),
    })
    const taskCount = wholeNumber('tasks', values.tasks ?? '8')
    const { api, on } = await workbench()
    terminal.status('Attacking …')
    const end = on('rewards.progress', (progress) => {
      terminal.status(`Attacking: ${progress.triedCount} of ${counted(progress.taskCount, 'task')}`)
    })
    const { report } = await api['rewards.attack'](request, taskCount, 'terminal').finally(() => {
      end()
      terminal.status(null)
    })
    terminal.print(values.json === true ? JSON.stringify(report, null, 2) : attackLines(report).join('\n'))
    return report.cheats.some(({ isWorthIt }) => isWorthIt) ? 2 : 0
  },
})

export function attackLines(report: AttackReport): string[] {
  const { profile, taskCount, skippedCount, right, honest, cheats } = report
  const skipped = skippedCount === 0 ? '' : `, ${counted(skippedCount, 'task')} left out`
  return [
    `Reward “${profile}” on ${counted(taskCount, 'training task')}${skipped}`,
    ...tableLines(
      [
        ['answer', 'mean reward', 'worst task', 'there', 'honest failure'],
        ['right', right.toFixed(3)],
        ['honest failure', honest.toFixed(3)],
        ...cheats.map(rowOf),
      ],
      [1, 3, 4],
    ),
    verdictOf(report),
    ...remedyLines(report.remedies),
  ]
}

function rowOf({ cheat, meanReward, worst }: CheatResult): string[] {
  return [cheat, meanReward.toFixed(3), worst.taskId, worst.reward.toFixed(3), worst.honest.toFixed(3)]
}

function verdictOf({ cheats }: AttackReport): string {
  const paid = cheats.filter(({ isWorthIt }) => isWorthIt)
  if (paid.length === 0) return 'Every cheat earns less than an honest failure.'
  const named = paid.map(({ cheat, worst }) => `${cheat} (paid by ${worst.paidBy.join(', ')})`)
  return `Cheating is worth it: ${named.join('; ')}.`
}

function remedyLines(remedies: readonly RewardRemedy[]): string[] {
  if (remedies.length === 0) return []
  return ['It is not with any one of these:', ...remedies.map(({ setting, value }) => `  --set ${setting}=${value}`)]
}
