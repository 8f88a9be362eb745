/**
 * How the engine's process is to keep memory. Each node of a graph takes and gives back megabytes; glibc returns such blocks to the kernel at once,
 * and the next node pays for zeroed pages again. Kept, a train step takes three quarters of the time and decoding a third (docs/lab-notes.md).
 * Read when a process starts, so that it is handed to a child; other C libraries pass over it.
 */
const KEPT_BYTES = 2 ** 30

export const ALLOCATOR_ENVIRONMENT: Readonly<Record<string, string>> = {
  // Each thread would have a heap of its own: hundreds of MB that are never used again.
  MALLOC_ARENA_MAX: '1',
  // From this size on a block is the kernel's own; below, it comes from the heap and is used again.
  MALLOC_MMAP_THRESHOLD_: String(KEPT_BYTES),
  // Free memory at the heap's end above this goes back.
  MALLOC_TRIM_THRESHOLD_: String(KEPT_BYTES),
  MALLOC_TOP_PAD_: String(2 ** 26),
}
