import type { HostReport, KnownHost } from '#contract/hosts'
import { HOST_FOLDER } from '#contract/hosts'
import { EXIT_CODES } from '#contract/run-directory'
import { checkLines } from '../check-lines.ts'
import { command, JSON_OPTION } from '../command.ts'
import type { Context } from '../context.ts'
import { tableLines } from '../table.ts'

const READY = 'Exit code 0 when a run can be started there. A note names what is missing and not needed.'

export const hostAdd = command({
  name: 'host add',
  summary: 'Add another computer that runs may train on, by the name that ssh knows it by, and look at it',
  takes: ['name'],
  options: {
    folder: { type: 'string', hint: 'PATH', says: `where things are copied to there; ${HOST_FOLDER} when left out` },
    python: { type: 'string', hint: 'PATH', says: 'its Python for the engine torch; python3 when left out' },
    json: JSON_OPTION,
  },
  notes: ['Port, key and jump host stand in ~/.ssh/config. Nothing is installed there but into that folder.', READY],
  run: async (context, [name], { folder = null, python = null, json }) => {
    const { api } = await context.workbench()
    await api['hosts.add']({ name: name!, folder, python })
    return tellReport(context, await api['hosts.check'](name!), json === true)
  },
})

export const hostCheck = command({
  name: 'host check',
  summary: 'Look at what a host can do, and say what helps where it cannot',
  takes: ['name'],
  options: { json: JSON_OPTION },
  notes: ['The tools that are found there give the scores of a run there.', READY],
  run: async (context, [name], { json }) => {
    const { api } = await context.workbench()
    return tellReport(context, await api['hosts.check'](name!), json === true)
  },
})

export const hostList = command({
  name: 'host list',
  summary: 'List the hosts that runs may train on',
  takes: [],
  options: { json: JSON_OPTION },
  notes: [],
  run: async (context, _, { json }) => {
    const { api } = await context.workbench()
    return tellHosts(context, await api['hosts.list'](), json === true)
  },
})

export const hostRemove = command({
  name: 'host remove',
  summary: 'Take a host off that list',
  takes: ['name'],
  options: { json: JSON_OPTION },
  notes: ['What lies there stays. Runs that train there go on, and are still followed.'],
  run: async (context, [name], { json }) => {
    const { api } = await context.workbench()
    return tellHosts(context, await api['hosts.remove'](name!), json === true)
  },
})

function tellReport({ terminal }: Context, report: HostReport, isJson: boolean): number {
  if (isJson) terminal.print(JSON.stringify(report, null, 2))
  else terminal.print(checkLines(report.checks, terminal).join('\n'))
  return report.isReady ? 0 : EXIT_CODES.failed
}

function tellHosts({ terminal }: Context, hosts: readonly KnownHost[], isJson: boolean): number {
  const rows = hosts.map(({ name, folder, python, addedAt }) => [
    name,
    folder,
    python ?? 'python3',
    `since ${addedAt.slice(0, 10)}`,
  ])
  const text = rows.length === 0 ? 'There is no host yet: `veritune host add NAME` adds one.' : tableLines(rows).join('\n')
  terminal.print(isJson ? JSON.stringify(hosts, null, 2) : text)
  return 0
}
