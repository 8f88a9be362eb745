import { resolve } from 'node:path'
import type { DownloadedModel, DownloadProgress } from '#contract/model-download'
import type { Workbench } from '#workbench/answer-call'
import { expandHome } from '#workbench/locations'
import { command, JSON_OPTION } from '../command.ts'
import { duration, fileSize, wholePercent } from '../numbers.ts'
import type { Terminal } from '../terminal.ts'

const LOOK_MS = 250

export const modelDownload = command({
  name: 'model download',
  summary: 'Fetch a model with safetensors from the Hugging Face hub, or go on with a download',
  takes: ['owner/name'],
  options: {
    revision: { type: 'string', hint: 'R', says: 'branch, tag or commit; main if left out' },
    out: { type: 'string', hint: 'DIR', says: "folder of the model; else one in VeriTune's data folder" },
    json: JSON_OPTION,
  },
  notes: [
    'HF_ENDPOINT names another hub; HF_TOKEN is sent to the hub alone, for models that want a login.',
    'Pickled weights (.bin, .pt) and .gguf are never fetched. Every file is compared with the checksum that the hub names.',
  ],
  run: async ({ terminal, workbench, folder }, [repository], values) => {
    const { api } = await workbench()
    const out = values.out === undefined ? null : resolve(folder, expandHome(values.out))
    const request = { repository: repository!, revision: values.revision ?? 'main', folder: out }
    const end = showProgress(terminal, api)
    const downloaded = await api['models.download'](request).finally(end)
    terminal.print(values.json === true ? JSON.stringify(downloaded, null, 2) : textOf(downloaded))
    return 0
  },
})

/** Returns what ends it. */
function showProgress(terminal: Terminal, api: Workbench['api']): () => void {
  if (!terminal.isInteractive) return () => {}
  const pace = new Pace()
  let isEnded = false
  const timer = setInterval(() => {
    void api['models.downloads']().then(([progress]) => {
      if (progress !== undefined && !isEnded)
        terminal.status(progressText(progress, pace.secondsLeft(progress)).slice(0, terminal.columns - 1))
    })
  }, LOOK_MS)
  return () => {
    isEnded = true
    clearInterval(timer)
    terminal.status(null)
  }
}

function progressText({ file, doneBytes, totalBytes }: DownloadProgress, secondsLeft: number | null): string {
  if (file === null || totalBytes === 0) return 'Asking the hub …'
  const left = secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`
  return `${wholePercent(doneBytes / totalBytes)}  ${fileSize(doneBytes)} of ${fileSize(totalBytes)}${left}  ${file}`
}

/** Speed since the first look at which something was on its way: what was there before took no time. */
class Pace {
  #first: { readonly bytes: number; readonly ms: number } | null = null

  secondsLeft({ doneBytes, totalBytes }: DownloadProgress): number | null {
    const ms = performance.now()
    this.#first ??= totalBytes === 0 ? null : { bytes: doneBytes, ms }
    if (this.#first === null) return null
    const bytesPerSecond = (doneBytes - this.#first.bytes) / ((ms - this.#first.ms) / 1000)
    return bytesPerSecond > 0 ? (totalBytes - doneBytes) / bytesPerSecond : null
  }
}

function textOf({ folder, source, totalBytes, skipped }: DownloadedModel): string {
  const count = Object.keys(source.files).length
  return [
    `${source.origin} at ${source.revision.slice(0, 12)}, licence ${source.licence ?? 'not named'}: ${count} files, ${fileSize(totalBytes)}.`,
    ...(skipped.length === 0 ? [] : [`Not fetched, for opening such files can run code: ${skipped.join(', ')}.`]),
    `The model is in ${folder}`,
    `\`veritune model inspect ${folder}\` says whether it can be trained.`,
  ].join('\n')
}
