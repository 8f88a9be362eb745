import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { RowProblem } from '../problem.ts'
import { bytesOf, type SourceFile } from '../sources/source.ts'
import type { Row } from './rows.ts'

/** Of a file inside an archive, where nothing can be skipped. */
const MAX_PACKED_BYTES = 128_000_000
/** Of one row group, unpacked. */
const MAX_GROUP_BYTES = 1_000_000_000
/** What is in memory at once: a row group, or an equal share of a larger one, for which the group is unpacked again. */
const BYTES_AT_ONCE = 32_000_000
const ROWS_AT_ONCE = 8_192

type Metadata = Awaited<ReturnType<typeof parquetMetadataAsync>>

/** Throws RowProblem where the file breaks off; what came before it stands. */
export async function* parquetRows(file: SourceFile): AsyncGenerator<Row> {
  const buffer = await bufferOf(file)
  const metadata = await metadataOf(buffer, file.path)
  let number = 1
  for (const { num_rows, total_byte_size } of metadata.row_groups) {
    const [count, bytes] = [Number(num_rows), Number(total_byte_size)]
    if (bytes > MAX_GROUP_BYTES) {
      const message = `${file.path} has a row group of ${Math.round(bytes / 1e6)} MB.`
      throw new RowProblem(null, message, 'Write it with smaller row groups.')
    }
    const atOnce = Math.min(ROWS_AT_ONCE, Math.ceil(count / Math.max(1, Math.ceil(bytes / BYTES_AT_ONCE))))
    const end = number + count
    while (number < end) {
      const rowEnd = Math.min(end - 1, number - 1 + atOnce)
      const rows = await parquetReadObjects({ file: buffer, metadata, compressors, rowStart: number - 1, rowEnd })
      if (rows.length === 0) throw new RowProblem(null, `${file.path} claims more rows than it has.`, 'Download it again.')
      for (const value of rows) yield { number: number++, value }
    }
  }
}

async function metadataOf(buffer: AsyncBuffer, path: string): Promise<Metadata> {
  try {
    return await parquetMetadataAsync(buffer)
  } catch (error) {
    throw new RowProblem(null, `${path} is no Parquet file (${(error as Error).message}).`, 'Download it again.')
  }
}

async function bufferOf(file: SourceFile): Promise<AsyncBuffer> {
  if (file.diskPath !== null) return asyncBufferFromFile(file.diskPath)
  const bytes = await bytesOf(file, MAX_PACKED_BYTES)
  return {
    byteLength: bytes.length,
    slice: (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer,
  }
}
