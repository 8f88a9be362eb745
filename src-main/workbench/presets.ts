/** Presets, and the configs that people make of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { needsGroups } from '#contract/algorithm'
import { ALGORITHM_TITLES } from '#contract/algorithm-names'
import type { RunRequest } from '#contract/api'
import { Failure } from '#contract/failure'
import { isRepository } from '#contract/model-download'
import { presetSchema, type Preset } from '#contract/preset'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { folderName } from '#models/download-model'
import { expandHome, MODELS } from './locations.ts'

/** Presets in the order of a list: the starter's first. */
export function readPresets(resourcesPath: string): Preset[] {
  const folder = join(resourcesPath, 'presets')
  const presets = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => presetSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
  const rank = ({ name }: Preset): string => `${name.startsWith('starter') ? 0 : 1}${name}`
  return presets.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** Where models lie: those that ship with VeriTune, and those that a person downloaded. */
export interface Places {
  readonly resourcesPath: string
  /** Data folder. */
  readonly home: string
}

/**
 * The config that a request means, checked as a whole. The data set's hash is still open. A model that is named as a hub does is the folder that was
 * downloaded under that name.
 * Throws Failure preset.unknown, config.invalid (with the field as a dotted path), model.missing-file, model.not-downloaded.
 */
export function configOf(request: RunRequest, presets: readonly Preset[], places: Places): RunConfig {
  const checked = checkedConfig(request, presets)
  const config = { ...checked, model: modelPath(checked.model, places) }
  checkModel(config, places)
  return config
}

/** Another run's config, changed; checked like any other. */
export function changedConfig(base: RunConfig, overrides: Readonly<Record<string, unknown>>, places: Places): RunConfig {
  return configOf(withOverrides(base, overrides) as RunConfig, [], places)
}

function modelPath(model: string, { home }: Places): string {
  if (model === 'starter') return model
  const folder = absolutePath(model)
  if (!isRepository(model) || existsSync(folder)) return folder
  const downloaded = join(home, MODELS, folderName(model))
  if (!existsSync(downloaded)) throw new Failure('model.not-downloaded', { model })
  return downloaded
}

/** The config for which a model folder is looked at: the request's, or the first preset's, with that folder. It may hold no model at all. */
export function inspectedConfig(
  folder: string,
  request: RunRequest | null,
  presets: readonly Preset[],
  places: Places,
): RunConfig {
  return { ...checkedConfig(request ?? presets[0]!.config, presets), model: modelPath(folder, places) }
}

function checkedConfig(request: RunRequest, presets: readonly Preset[]): RunConfig {
  const wanted =
    'schemaVersion' in request ? request : withOverrides(presetNamed(request.preset, presets), request.overrides ?? {})
  const parsed = runConfigSchema.safeParse(wanted)
  if (!parsed.success) throw invalidConfig(parsed.error)
  const config = withAbsolutePaths(parsed.data)
  checkTogether(config)
  checkReasoningJudge(config)
  return config
}

function presetNamed(name: string, presets: readonly Preset[]): RunConfig {
  const preset = presets.find((candidate) => candidate.name === name)
  if (preset === undefined) throw new Failure('preset.unknown', { name, known: presets.map((known) => known.name).join(', ') })
  return preset.config
}

/** Paths name fields that are there: a typing error must not become a setting that nobody reads. */
function withOverrides(config: RunConfig, overrides: Readonly<Record<string, unknown>>): unknown {
  const changed = structuredClone(config) as Record<string, unknown>
  for (const [path, value] of Object.entries(overrides)) {
    const names = path.split('.')
    const last = names.pop()!
    let place: unknown = changed
    for (const name of names) place = ownValue(place, name)
    if (!isRecord(place) || !Object.hasOwn(place, last)) throw invalid(path, 'is no setting', 'Check its name')
    place[last] = value
  }
  return changed
}

function ownValue(place: unknown, name: string): unknown {
  return isRecord(place) && Object.hasOwn(place, name) ? place[name] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The trainer has a working folder of its own. */
function withAbsolutePaths(config: RunConfig): RunConfig {
  return { ...config, dataset: { ...config.dataset, id: absolutePath(config.dataset.id) } }
}

/** `starter` is a name, everything else a path. */
export function absolutePath(path: string): string {
  return path === 'starter' ? path : resolve(expandHome(path))
}

function checkTogether(config: RunConfig): void {
  const { groupSize, minibatchSize, microbatchSize, algorithm } = config
  if (needsGroups(algorithm) && groupSize < 2) {
    const title = ALGORITHM_TITLES[algorithm.name]
    throw invalid('groupSize', `must be at least 2 for ${title}: an advantage is a difference inside a group`, 'Choose 4 to 16')
  }
  checkAlgorithm(config)
  if (minibatchSize < groupSize) {
    throw invalid(
      'minibatchSize',
      `is ${minibatchSize}, less than the group size of ${groupSize}`,
      `Choose a multiple of ${groupSize}`,
    )
  }
  if (microbatchSize > minibatchSize) {
    throw invalid(
      'microbatchSize',
      `is ${microbatchSize}, more than the minibatch of ${minibatchSize}`,
      `Choose at most ${minibatchSize}`,
    )
  }
}

function checkAlgorithm({ algorithm, sampling }: RunConfig): void {
  if (algorithm.overlongBufferTokens > sampling.maxCompletionTokens) {
    throw invalid(
      'algorithm.overlongBufferTokens',
      `is ${algorithm.overlongBufferTokens}, more than the token limit of ${sampling.maxCompletionTokens}`,
      'Choose a fourth of the limit or less',
    )
  }
  if (algorithm.name === 'ppo' && algorithm.targetKl !== null && algorithm.klCoef === 0) {
    throw invalid('algorithm.klCoef', 'is 0, and a target for the KL can only steer a coefficient above 0', 'Choose 0.05')
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

function checkReasoningJudge({ reasoningJudge }: RunConfig): void {
  if (reasoningJudge === null || reasoningJudge.isRemoteAllowed) return
  const { hostname } = new URL(reasoningJudge.baseUrl)
  if (LOOPBACK.test(hostname)) return
  throw invalid(
    'reasoningJudge.isRemoteAllowed',
    `must be true for a judge on ${hostname}: task texts, designs and the key would leave this machine`,
    'Set it to true, or use a judge on this machine',
  )
}

const MODEL_FILES = ['config.json', 'tokenizer.json', 'model.safetensors'] as const
/** Stands for the weights where they are in several files. */
const WEIGHT_INDEX = 'model.safetensors.index.json'

function checkModel({ model, engine }: RunConfig, { resourcesPath }: Places): void {
  const folder = model === 'starter' ? join(resourcesPath, 'starter/model') : model
  const needed = engine === 'fake' ? MODEL_FILES.slice(0, 2) : MODEL_FILES
  const isThere = (name: string): boolean => existsSync(join(folder, name))
  const file = needed.find((name) => !isThere(name) && !(name === 'model.safetensors' && isThere(WEIGHT_INDEX)))
  if (file !== undefined) throw new Failure('model.missing-file', { folder, file })
}

/** The first thing that is wrong, as a sentence about a field. */
export function invalidConfig(error: z.ZodError): Failure {
  const issue = error.issues[0]!
  const field = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.')
  return invalid(field === '' ? 'The config' : field, problemOf(issue), remedyOf(issue))
}

function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${String(issue.minimum)}`
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${String(issue.maximum)}`
    case 'unrecognized_keys':
      return 'is no setting'
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is missing'
      return `is not valid: ${lowerFirst(issue.message)}`
    default:
      return `is not valid: ${lowerFirst(issue.message)}`
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function remedyOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'Check its name' : 'Choose another value'
}

function invalid(field: string, problem: string, remedy: string): Failure {
  return new Failure('config.invalid', { field, problem: `${problem}.`, remedy: `${remedy}.` })
}
