/** What `train` asks for: a preset or a config file, and what differs from it. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { RunRequest } from '#contract/api'
import { Failure } from '#contract/failure'
import { isRepository } from '#contract/model-download'
import type { RunConfig } from '#contract/run-config'
import { expandHome } from '#workbench/locations'

export interface Wish {
  readonly preset: string | undefined
  /** Absolute path. */
  readonly configFile: string | undefined
  /** Dotted path -> value, in the order in which they are applied. */
  readonly overrides: readonly (readonly [path: string, value: unknown])[]
}

/** Values are not judged here; the workbench names the wrong field. Throws Failure arguments.invalid, config.unreadable. */
export function runRequest({ preset, configFile, overrides }: Wish): RunRequest {
  if (preset !== undefined && configFile !== undefined) {
    throw new Failure('arguments.invalid', { problem: '--preset and --config exclude each other.' })
  }
  if (configFile !== undefined) return fromFile(configFile, overrides)
  if (preset === undefined)
    throw new Failure('arguments.invalid', { problem: 'Name the settings: --preset NAME or --config FILE.' })
  return { preset, overrides: Object.fromEntries(overrides) }
}

/** `optimizer.learningRate=0.001` -> path and value. What is not JSON is text. `folder`: relative paths start there. */
export function parseSetting(text: string, folder: string): [path: string, value: unknown] {
  const sign = text.indexOf('=')
  if (sign < 1) throw new Failure('arguments.invalid', { problem: `--set wants path=value, not "${text}".` })
  const path = text.slice(0, sign)
  const value = jsonOrText(text.slice(sign + 1))
  return [path, isFileSetting(path) ? placed(path, value, folder) : value]
}

function fromFile(file: string, overrides: Wish['overrides']): RunRequest {
  const json = readObject(file)
  for (const path of ['model', 'dataset.id']) {
    const value = valueAt(json, path)
    if (value !== undefined) setAt(json, path, placed(path, value, dirname(file)))
  }
  for (const [path, value] of overrides) setAt(json, path, value)
  return json as unknown as RunConfig
}

/** Throws Failure config.unreadable. */
export function readObject(file: string): Record<string, unknown> {
  const unreadable = (reason: string, cause?: unknown): Failure => new Failure('config.unreadable', { file, reason }, { cause })
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw unreadable(code === 'ENOENT' ? 'it is not there.' : code === 'EISDIR' ? 'it is a folder.' : message, error)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unreadable('it is not an object of settings.')
  return json as Record<string, unknown>
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function isFileSetting(path: string): boolean {
  return path === 'model' || path === 'dataset.id'
}

function placed(path: string, value: unknown, folder: string): unknown {
  return path === 'model' ? modelPlace(value, folder) : absolute(value, folder)
}

/** A model may be named as a hub does, where no folder of that name is there. */
export function modelPlace(value: unknown, folder: string): unknown {
  const isName = typeof value === 'string' && isRepository(value) && !existsSync(resolve(folder, value))
  return isName ? value : absolute(value, folder)
}

/** `starter` is a name, everything else a path. */
export function absolute(value: unknown, folder: string): unknown {
  return typeof value === 'string' && value !== 'starter' && value !== '' ? resolve(folder, expandHome(value)) : value
}

function valueAt(json: Record<string, unknown>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), json)
}

function setAt(json: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop()!
  let place = json
  for (const key of keys) {
    const inner = Object.hasOwn(place, key) ? place[key] : undefined
    const next = isObject(inner) ? inner : {}
    if (next !== inner) Object.defineProperty(place, key, { value: next, enumerable: true, writable: true, configurable: true })
    place = next
  }
  Object.defineProperty(place, last, { value, enumerable: true, writable: true, configurable: true })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
