import { SvelteMap } from 'svelte/reactivity'
import type { Gpu } from '#contract/gpu'
import type { HostReport, HostRequest, KnownHost } from '#contract/hosts'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Other computers that runs may train on, and what each said of itself since the screen was opened. */
export class HostList {
  readonly known = new Latest<KnownHost[]>()
  readonly adding = new Latest<KnownHost[]>()
  readonly #reports = new SvelteMap<string, Latest<HostReport>>()

  constructor() {
    void this.known.ask(() => workbench.call('hosts.list'))
  }

  /** True: it is in the list, and is being looked at. */
  async add(request: HostRequest): Promise<boolean> {
    await this.adding.act(() => workbench.call('hosts.add', request))
    if (this.adding.error !== null) return false
    this.known.value = this.adding.value
    this.check(request.name)
    return true
  }

  remove(name: string): void {
    void this.known.act(() => workbench.call('hosts.remove', name))
  }

  /** Goes there, which takes some seconds. */
  check(name: string): void {
    const report = this.#reports.get(name) ?? new Latest<HostReport>()
    this.#reports.set(name, report)
    void report.ask(() => workbench.call('hosts.check', name))
  }

  /** Cards of a host as far as they are known; null for this computer. */
  gpusOf(name: string | null): readonly Gpu[] | null {
    return name === null ? null : (this.#reports.get(name)?.value?.gpus ?? [])
  }

  /** null: nobody looked yet. */
  reportOf(name: string): Latest<HostReport> | null {
    return this.#reports.get(name) ?? null
  }
}
