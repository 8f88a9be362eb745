/**
 * AMD's cards by `rocm-smi --json`: an object `card<index>` for each, whose values are texts and whose keys differ from release to release.
 * Source: ROCm's rocm_smi_lib, python_smi_tools/rocm_smi.py.
 */
import type { Gpu } from '#contract/gpu'
import type { GpuSample } from './gpu-sample.ts'

export const ROCM_SMI = 'rocm-smi'
export const LIST_ARGUMENTS = ['--showproductname', '--showuniqueid', '--showdriverversion', '--showmeminfo', 'vram', '--json']
export const SAMPLE_ARGUMENTS = ['--showuniqueid', '--showuse', '--showmeminfo', 'vram', '--showpower', '--showtemp', '--json']

type Fields = Readonly<Record<string, unknown>>

export function amdGpus(text: string): Gpu[] {
  const { cards, system } = read(text)
  return cards.map(({ index, fields }) => {
    const [total, used] = [vramTotal(fields), vramUsed(fields)]
    return {
      index,
      uuid: uuidOf(index, fields),
      name: textIn(fields, /^card series$/i) ?? textIn(fields, /^card model$/i) ?? `AMD card ${index}`,
      maker: 'amd' as const,
      driver: textIn(system, /driver version/i) ?? textIn(fields, /driver version/i),
      totalBytes: total,
      freeBytes: total === null || used === null ? null : total - used,
    }
  })
}

export function amdSamples(text: string): GpuSample[] {
  return read(text).cards.map(({ index, fields }) => {
    const percent = numberIn(fields, /^gpu use \(%\)$/i)
    return {
      index,
      uuid: uuidOf(index, fields),
      utilisation: percent === null ? null : percent / 100,
      usedBytes: vramUsed(fields),
      watts: numberIn(fields, /package power \(w\)$/i),
      celsius: numberIn(fields, /^temperature \(sensor (edge|junction)\) \(c\)$/i),
    }
  })
}

/** Warnings may stand before the object. */
function read(text: string): { readonly cards: readonly { index: number; fields: Fields }[]; readonly system: Fields } {
  let whole: Readonly<Record<string, unknown>> = {}
  try {
    whole = JSON.parse(text.slice(text.indexOf('{'))) as typeof whole
  } catch {
    // No card, or no driver: it says so in words.
  }
  const cards = Object.entries(whole).flatMap(([name, fields]) => {
    const index = /^card(\d+)$/.exec(name)?.[1]
    return index === undefined || !isFields(fields) ? [] : [{ index: Number(index), fields }]
  })
  return { cards, system: isFields(whole.system) ? whole.system : {} }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function uuidOf(index: number, fields: Fields): string {
  return textIn(fields, /^unique id$/i) ?? `card${index}`
}

const vramTotal = (fields: Fields): number | null => numberIn(fields, /^vram total memory \(b\)$/i)
const vramUsed = (fields: Fields): number | null => numberIn(fields, /^vram total used memory \(b\)$/i)

function textIn(fields: Fields, name: RegExp): string | null {
  const value = Object.entries(fields).find(([key]) => name.test(key))?.[1]
  return typeof value === 'string' && value !== '' && !/^n\/?a$/i.test(value) ? value : null
}

function numberIn(fields: Fields, name: RegExp): number | null {
  const text = textIn(fields, name)
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null
}
