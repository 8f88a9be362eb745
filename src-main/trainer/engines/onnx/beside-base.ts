/** The weights of both policies where nothing can be added into the base: the adapter stands beside it, and beside the reference one that adds nothing. */
import type { Policy } from '../engine.ts'
import type { ModelConfig } from './model/config.ts'
import { adapterNames, linearLayers, type BaseTensors, type Tensors } from './model/weights.ts'

/** Arrays that stay where they are. `allocate`: [size] zeros, where those of the reference are to lie. */
export function besideBase(
  config: ModelConfig,
  base: BaseTensors,
  trained: Tensors,
  allocate: (size: number) => Float32Array,
): Readonly<Record<Policy, BaseTensors>> {
  const outward = linearLayers(config).map(({ name }) => [adapterNames(name).b, trained.get(adapterNames(name).b)!] as const)
  const nothing = allocate(Math.max(...outward.map(([, { data }]) => data.length)))
  const off = outward.map(([name, { shape, data }]) => [name, { shape, data: nothing.subarray(0, data.length) }] as const)
  return { current: new Map([...base, ...trained]), reference: new Map([...base, ...trained, ...off]) }
}
