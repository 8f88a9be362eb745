import type { KeyInUse, LoginProof, SyncChange, SyncSettings } from '#contract/sync'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Where runs go at W&B, and with which key. A key that is typed passes through here and stays nowhere. */
export class SyncForm {
  /** As they are kept. */
  readonly settings = new Latest<SyncSettings>()
  readonly keyInUse = new Latest<KeyInUse>()
  readonly saving = new Latest<SyncSettings>()
  readonly checking = new Latest<LoginProof>()

  constructor() {
    void this.settings.ask(() => workbench.call('sync.settings'))
    this.#findKey()
  }

  /** True: the settings are kept. */
  async save(change: SyncChange): Promise<boolean> {
    this.checking.forget()
    await this.saving.act(() => workbench.call('sync.change', change))
    if (this.saving.error !== null) return false
    this.settings.value = this.saving.value
    return true
  }

  /** Asks the server; key null: of the one in use. True: the key is good, and one that was typed is in use. */
  async check(key: string | null): Promise<boolean> {
    await this.checking.act(() => workbench.call('sync.login', { key, baseUrl: null }))
    const isGood = this.checking.error === null
    if (isGood) this.keyInUse.value = this.checking.value!.keyInUse
    else this.#findKey()
    return isGood
  }

  async forgetKey(): Promise<void> {
    this.checking.forget()
    await this.keyInUse.act(() => workbench.call('sync.forget-key'))
  }

  #findKey(): void {
    void this.keyInUse.ask(() => workbench.call('sync.key'))
  }
}
