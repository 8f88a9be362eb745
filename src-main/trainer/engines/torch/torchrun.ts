/** Several processes of the engine, here or with other hosts, are torchrun's: it begins them again when one is lost. */
import { Failure } from '#contract/failure'

/** How often processes may be lost before the run ends. */
const MOST_RESTARTS = '10'

/** As a launch script says it (native/launch): hosts that take part, each with its own torchrun, and where they meet. */
interface Meeting {
  readonly hosts: number
  /** `host:port`; '' where there is one host. */
  readonly place: string
}

/** Throws Failure torch.hosts-unclear: torchrun would wait for hosts that never come, or say so in its own words. */
function meetingIn(environment: NodeJS.ProcessEnv): Meeting {
  const { VERITUNE_HOSTS: hosts = '1', VERITUNE_RENDEZVOUS: place = '' } = environment
  if (!/^[1-9]\d{0,4}$/.test(hosts)) throw unclear(`VERITUNE_HOSTS is "${hosts}", which is no number of hosts`)
  if (hosts === '1') return { hosts: 1, place: '' }
  if (place === '') throw unclear(`VERITUNE_HOSTS is ${hosts}, and VERITUNE_RENDEZVOUS does not say where they meet`)
  if (!/^\S+:\d{1,5}$/.test(place)) throw unclear(`VERITUNE_RENDEZVOUS is "${place}", which is not of the form host:port`)
  return { hosts: Number(hosts), place }
}

function unclear(problem: string): Failure {
  return new Failure('torch.hosts-unclear', { problem })
}

/** More than one process, here or with other hosts. Throws Failure torch.hosts-unclear. */
export function isElastic(processes: number, environment = process.env): boolean {
  return processes > 1 || meetingIn(environment).hosts > 1
}

/** What stands before `-m <module>`; nothing for a process alone. Throws Failure torch.hosts-unclear. */
export function torchrunArguments(processes: number, environment = process.env): string[] {
  if (!isElastic(processes, environment)) return []
  const { hosts, place } = meetingIn(environment)
  const id = environment.VERITUNE_RENDEZVOUS_ID ?? 'veritune'
  const meeting =
    hosts === 1
      ? ['--standalone']
      : ['--nnodes', String(hosts), '--rdzv-backend', 'c10d', '--rdzv-id', id, '--rdzv-endpoint', place]
  return ['-m', 'torch.distributed.run', ...meeting, '--nproc-per-node', String(processes), '--max-restarts', MOST_RESTARTS]
}
