/** Which files of a repository make a model. Pickled weights are never among them: opening such a file can run code. */
import { Failure } from '#contract/failure'

export interface HubFile {
  readonly path: string
  readonly bytes: number
  /** sha256 of the content for large files, the blob's sha1 as Git computes it for small ones; hex. */
  readonly checksum: { readonly kind: 'sha256' | 'git-sha1'; readonly hex: string }
}

export interface ChosenFiles {
  readonly files: readonly HubFile[]
  readonly skipped: readonly string[]
}

/** Ours, written beside the model. */
export const OWN_FILES = { source: 'source.json', state: 'download.json' } as const

const MODEL_WEIGHTS = /^model(-\d+-of-\d+)?\.safetensors$/
const OTHER_WEIGHTS = /\.safetensors$/
const SMALL = /\.(json|jinja)$/
const TOKENIZER = /^(tokenizer\.model|spiece\.model|sentencepiece\.bpe\.model|vocab\.txt|merges\.txt)$/
const TEXTS = /^(LICEN[CS]E|README|NOTICE)([.-].*)?$/i
const PICKLED = /\.(bin|pt|pth|gguf|ckpt|pkl|h5|msgpack|onnx)$/

/** Throws Failure download.untrusted for a path that could lead elsewhere, download.no-weights without safetensors. */
export function chooseFiles(listed: readonly HubFile[], repository: string, host: string): ChosenFiles {
  const bad = listed.find(({ path }) => !isPlainPath(path))
  if (bad !== undefined)
    throw new Failure('download.untrusted', { host, problem: `its list names the file ${JSON.stringify(bad.path)}` })
  // Folders below hold other forms of the same model.
  const root = listed.filter(({ path }) => !path.includes('/'))
  const own: readonly string[] = Object.values(OWN_FILES)
  const small = root.filter(({ path }) => (SMALL.test(path) || TOKENIZER.test(path) || TEXTS.test(path)) && !own.includes(path))
  const whole = root.filter(({ path }) => MODEL_WEIGHTS.test(path))
  const weights = whole.length > 0 ? whole : root.filter(({ path }) => OTHER_WEIGHTS.test(path))
  const skipped = root.filter(({ path }) => PICKLED.test(path)).map(({ path }) => path)
  if (weights.length === 0) {
    const found =
      skipped.length === 0 ? 'nor any other weights' : `there is only ${skipped.slice(0, 3).join(', ')}, which is never fetched`
    throw new Failure('download.no-weights', { repository, found })
  }
  return { files: [...small, ...weights], skipped }
}

/** Relative, downwards only, without what an operating system reads as something else. */
function isPlainPath(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (/[\\:\u0000-\u001f]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
