/** Other computers: the list of them, and a look at each. */
import type { Api } from '#contract/api'
import type { RemotePlace } from '#contract/remote-run'
import { checkHost } from '#remote/check-host'
import type { Hosts } from '#remote/hosts'
import type { CarriedLocation } from './locations.ts'

export type HostMethod = Extract<keyof Api, `hosts.${string}`>

export function hostHandlers({
  hosts,
  options,
}: {
  readonly hosts: Hosts
  readonly options: CarriedLocation
}): Pick<Api, HostMethod> {
  return {
    'hosts.list': async () => hosts.list(),
    'hosts.add': async (request) => hosts.add(request),
    'hosts.remove': async (name) => hosts.remove(name),
    'hosts.check': async (name) => checkHost(hosts.get(name), options),
  }
}

/** null: this computer. Throws Failure host.unknown. */
export function placeOn(hosts: Hosts, name: string | null | undefined): RemotePlace | null {
  if (name === null || name === undefined) return null
  const { name: host, folder, python } = hosts.get(name)
  return { host, folder, python }
}
