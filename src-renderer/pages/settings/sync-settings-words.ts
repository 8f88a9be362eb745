/** What the settings screen says of Weights & Biases. */
import type { KeyInUse, KeySource, LoginProof, SyncSettings } from '#contract/sync'

const SOURCE_WORDS: Readonly<Record<KeySource, string>> = {
  typed: 'the one that was typed here',
  keychain: 'the one in the system’s keychain',
  environment: 'the one of WANDB_API_KEY',
  netrc: 'the one that `wandb login` left in ~/.netrc',
}

/** Which key is used, and how long one that is typed is. */
export function keyWords({ host, source, forgottenBecause }: KeyInUse): string {
  const inUse = source === null ? `There is no key for ${host}.` : `Key in use for ${host}: ${SOURCE_WORDS[source]}.`
  const kept =
    forgottenBecause === null
      ? 'One that is typed is kept in the system’s keychain.'
      : `One that is typed is forgotten with the end of VeriTune: ${forgottenBecause}.`
  return `${inUse} ${kept}`
}

export function isForgettable({ source }: KeyInUse): boolean {
  return source === 'typed' || source === 'keychain'
}

/** What the server said of the key and of the place. */
export function proofWords(proof: LoginProof, settings: SyncSettings): string {
  const { keyInUse, entity, teams, project } = proof
  const whose = entity === null ? `${keyInUse.host} takes the key.` : `${keyInUse.host} takes the key: it is ${entity}’s.`
  const teamWords = teams.length === 0 ? '' : ` Teams: ${teams.join(', ')}.`
  const place = `${settings.entity ?? entity ?? ''}/${settings.project}`
  switch (project) {
    case 'there':
      return `${whose}${teamWords} ${place} is there.`
    case 'absent':
      if (strangerWords(proof, settings.entity) !== '') return `${whose}${teamWords}`
      return `${whose}${teamWords} ${place} is not there yet; the first run makes it.`
    case null:
      return `${whose}${teamWords}`
  }
}

/** An account that the key has nothing to do with; '' where it may be right. */
export function strangerWords({ entity, teams, project }: LoginProof, named: string | null): string {
  const own = [...(entity === null ? [] : [entity]), ...teams]
  if (named === null || project === 'there' || own.length === 0 || own.includes(named)) return ''
  return `The key is not of ${named}. Name one of its own: ${own.join(', ')}.`
}
