/** Tensors in memory that all threads of a process see. */
import type { BaseTensor, BaseTensors } from '../model/weights.ts'

type Data = BaseTensor['data']

/** [size] zeros. */
export function sharedFloats(size: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT))
}

/** Moves the tensors of some maps into shared memory. What two maps had in common they have in common afterwards. */
export function shareTensors(...maps: readonly BaseTensors[]): void {
  const moved = new Map<Data, Data>()
  for (const tensors of maps) {
    for (const [name, { shape, data }] of tensors) {
      const copy = moved.get(data) ?? shared(data)
      moved.set(data, copy)
      tensors.set(name, { shape, data: copy })
    }
  }
}

function shared(data: Data): Data {
  const copy = new (data.constructor as new (buffer: SharedArrayBuffer) => Data)(new SharedArrayBuffer(data.byteLength))
  copy.set(data)
  return copy
}
