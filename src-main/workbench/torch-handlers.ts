/** The PyTorch environment and the cards of this machine, as the API has them. */
import { join } from 'node:path'
import type { Api } from '#contract/api'
import type { ServiceClient } from '#launch/service-client'
import { TorchEnvironment } from '#python/torch-environment'
import type { Runs } from '#runs/runs'
import { errorRecord, type Emit } from './answer-call.ts'

interface Below {
  readonly options: { readonly home: string; readonly resourcesPath: string }
  readonly runs: Runs
  readonly service: ServiceClient
}

export interface TorchRooms extends Below {
  readonly torch: TorchEnvironment
}

export function torchOf({ options, runs, service }: Below, emit: Emit): Pick<TorchRooms, 'torch'> {
  return {
    torch: new TorchEnvironment({
      home: options.home,
      // Beside the resources, in a checkout as in a package.
      nativePath: join(options.resourcesPath, '..', 'native'),
      gpus: () => service.call('machine.gpus'),
      usedBy: () => torchRun(runs),
      tell: (progress) => emit('torch.progress', progress),
      errorRecord,
      now: () => new Date(),
    }),
  }
}

export type TorchMethod = Extract<keyof Api, `torch.${string}` | 'machine.gpus'>

export function torchHandlers({ torch, service }: TorchRooms): Pick<Api, TorchMethod> {
  return {
    'machine.gpus': () => service.call('machine.gpus'),
    'torch.state': () => torch.state(),
    'torch.install': (backend) => torch.install(backend),
    'torch.cancel': async () => {
      await torch.cancel()
      return null
    },
    'torch.remove': async () => {
      await torch.remove()
      return null
    },
  }
}

const AT_WORK: readonly string[] = ['starting', 'running', 'paused', 'stopping']

/** Name of a run that trains by PyTorch now. */
async function torchRun(runs: Runs): Promise<string | null> {
  for (const { id, name, status } of await runs.list()) {
    if (AT_WORK.includes(status) && (await runs.get(id)).config.engine === 'torch') return name
  }
  return null
}
