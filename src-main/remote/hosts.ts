/** `<home>/hosts.json`: the hosts that a person added. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'
import { HOST_FOLDER, hostNameSchema, hostPathSchema, knownHostSchema, type HostRequest, type KnownHost } from '#contract/hosts'

export class Hosts {
  readonly #file: string
  readonly #now: () => Date

  constructor(file: string, now: () => Date) {
    this.#file = file
    this.#now = now
  }

  /** By name. What cannot be read as a host is passed over: its name could be anything. */
  list(): KnownHost[] {
    const entries = z.array(z.unknown()).safeParse(readJson(this.#file)).data ?? []
    const hosts = entries.flatMap((entry) => knownHostSchema.safeParse(entry).data ?? [])
    return hosts.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Throws Failure host.unknown. */
  get(name: string): KnownHost {
    const hosts = this.list()
    const host = hosts.find((known) => known.name === name)
    if (host !== undefined) return host
    const known = hosts.map((each) => each.name).join(', ') || 'none'
    throw new Failure(hostNameSchema.safeParse(name).success ? 'host.unknown' : 'host.bad-name', { host: name, name, known })
  }

  /** In place of one of that name. Throws Failure host.bad-name, host.bad-path. */
  add({ name, folder, python }: HostRequest): KnownHost[] {
    if (!hostNameSchema.safeParse(name).success) throw new Failure('host.bad-name', { name })
    const host: KnownHost = {
      name,
      folder: folder === null ? HOST_FOLDER : checkedPath('folder', folder),
      python: python === null ? null : checkedPath('python', python),
      addedAt: this.#now().toISOString(),
    }
    return this.#write([...this.list().filter((known) => known.name !== name), host])
  }

  /** Nothing where it is not there. */
  remove(name: string): KnownHost[] {
    return this.#write(this.list().filter((known) => known.name !== name))
  }

  #write(hosts: readonly KnownHost[]): KnownHost[] {
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(`${this.#file}.partial`, `${JSON.stringify(hosts, null, 2)}\n`)
    renameSync(`${this.#file}.partial`, this.#file)
    return this.list()
  }
}

function checkedPath(field: string, path: string): string {
  const parsed = hostPathSchema.safeParse(path)
  if (!parsed.success) throw new Failure('host.bad-path', { field, path })
  return parsed.data === '/' ? '/' : parsed.data.replace(/\/+$/, '')
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
