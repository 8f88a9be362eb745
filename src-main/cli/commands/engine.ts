import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import { TORCH_BACKENDS, type TorchBackend } from '#contract/torch-backends'
import type { InstalledTorch, TorchProgress, TorchState } from '#contract/torch-environment'
import { command, JSON_OPTION } from '../command.ts'
import { counted, fileSize, wholePercent } from '../numbers.ts'
import { tableLines } from '../table.ts'

export const engineInstall = command({
  name: 'engine install',
  summary: 'Install PyTorch for larger models and graphics cards, in the data folder',
  takes: ['torch'],
  options: {
    backend: {
      type: 'string',
      hint: 'NAME',
      says: `${TORCH_BACKENDS.join(', ')}; auto, for the card that is there, if left out`,
    },
    json: JSON_OPTION,
  },
  notes: [
    'By uv, which picks the build for the card (CUDA or ROCm), else by venv and pip of Python 3.11 or newer.',
    'Ctrl-C ends it and leaves nothing. VERITUNE_UV names a uv.',
    'Runs with engine=torch take what is installed, unless VERITUNE_PYTHON names another Python.',
  ],
  run: async ({ terminal, workbench, onSignal }, [engine], values) => {
    checkEngine(engine!)
    const backend = backendOf(values.backend ?? 'auto')
    const { api, on } = await workbench()
    terminal.status('Looking …')
    let told = ''
    const endProgress = on('torch.progress', (progress) => {
      if (progress.end !== null) return
      if (terminal.isInteractive) terminal.status(progressText(progress).slice(0, terminal.columns - 1))
      // A log gets a line for each package, and none twice.
      else if (progress.line !== '' && progress.line !== told) terminal.complain((told = progress.line))
    })
    const endListening = onSignal(() => void api['torch.cancel']())
    const installed = await api['torch.install'](backend).finally(() => {
      endProgress()
      endListening()
      terminal.status(null)
    })
    terminal.print(values.json === true ? JSON.stringify(installed, null, 2) : installedText(installed))
    return 0
  },
})

export const engineRemove = command({
  name: 'engine remove',
  summary: 'Remove the PyTorch that VeriTune has installed',
  takes: ['torch'],
  options: {},
  notes: ['Runs, models and checkpoints stay; the embedded engine needs nothing of it.'],
  run: async ({ terminal, workbench }, [engine]) => {
    checkEngine(engine!)
    const { api } = await workbench()
    const { installed, problem } = await api['torch.state']()
    await api['torch.remove']()
    terminal.print(
      installed === null && problem === null ? 'PyTorch is not installed here; nothing was to remove.' : 'PyTorch is removed.',
    )
    return 0
  },
})

export const engineList = command({
  name: 'engine list',
  summary: 'Show the engines that this machine has, and its graphics cards',
  takes: [],
  options: { json: JSON_OPTION },
  notes: [],
  run: async ({ terminal, workbench }, _, values) => {
    const { api } = await workbench()
    const [torch, gpus] = await Promise.all([api['torch.state'](), api['machine.gpus']()])
    if (values.json === true) terminal.print(JSON.stringify({ torch, gpus }, null, 2))
    else terminal.print(listLines(torch, gpus).join('\n'))
    return 0
  },
})

function checkEngine(engine: string): void {
  if (engine === 'torch') return
  throw new Failure('arguments.invalid', {
    problem: `There is only the engine torch to install, not "${engine}"; the embedded one is always there.`,
  })
}

function backendOf(name: string): TorchBackend {
  const backend = TORCH_BACKENDS.find((known) => known === name)
  if (backend === undefined)
    throw new Failure('arguments.invalid', { problem: `--backend is one of ${TORCH_BACKENDS.join(', ')}, not "${name}".` })
  return backend
}

function progressText({ line, doneBytes, totalBytes }: TorchProgress): string {
  const share =
    totalBytes === 0 ? '' : `${wholePercent(doneBytes / totalBytes)}  ${fileSize(doneBytes)} of ${fileSize(totalBytes)}  `
  return `${share}${line || 'Looking …'}`
}

export function installedText(installed: InstalledTorch): string {
  const { torch, python, installer, bytes, cards, problem } = installed
  const where = cards.length > 0 ? `It trains on ${cards.join(', ')}.` : 'It trains on the processor.'
  return [
    `PyTorch ${torch} with Python ${python} is installed by ${installer}: ${fileSize(bytes)}.`,
    problem === null ? where : `${where} It finds no card: ${problem}.`,
    '`veritune train --set engine=torch …` trains with it; `veritune engine remove torch` removes it.',
  ].join('\n')
}

function listLines({ installed, problem, named, installer, uvRemedy }: TorchState, gpus: readonly Gpu[]): string[] {
  const torch =
    installed === null
      ? [
          problem === null ? 'not installed' : 'broken',
          problem ?? (installer === null ? uvRemedy : '`veritune engine install torch` installs it'),
        ]
      : ['installed', `PyTorch ${installed.torch}, Python ${installed.python}, ${fileSize(installed.bytes)}`]
  const rows = [
    ['onnx', 'always there', 'the embedded engine'],
    ['torch', ...torch],
    ...(named === null ? [] : [['', 'named', `VERITUNE_PYTHON names ${named}, which is taken instead`]]),
  ]
  const cards = gpus.map(({ index, name, freeBytes, totalBytes }) => {
    const memory = totalBytes === null ? '' : `, ${fileSize(freeBytes ?? totalBytes)} free of ${fileSize(totalBytes)}`
    return `  ${index}  ${name}${memory}`
  })
  return [
    ...tableLines(rows),
    ...(cards.length === 0 ? ['No graphics card is told of.'] : [`${counted(cards.length, 'graphics card')}:`, ...cards]),
  ]
}
