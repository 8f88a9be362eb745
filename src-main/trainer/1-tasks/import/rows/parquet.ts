import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { RowProblem } from '../problem.ts'
import { bytesOf, type SourceFile } from '../sources/source.ts'
import type { Row } from './rows.ts'

/** Of a file inside an archive, where nothing can be skipped. */
const MAX_PACKED_BYTES = 128_000_000
/** Rows in memory at once, where a row group has more. */
const ROWS_AT_ONCE = 512

export async function* parquetRows(file: SourceFile): AsyncGenerator<Row> {
  const buffer = await bufferOf(file)
  let metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>
  try {
    metadata = await parquetMetadataAsync(buffer)
  } catch (error) {
    throw new RowProblem(null, `${file.path} is no Parquet file (${(error as Error).message}).`, 'Download it again.')
  }
  const total = Number(metadata.num_rows)
  for (let rowStart = 0; rowStart < total; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(total, rowStart + ROWS_AT_ONCE)
    const rows = await parquetReadObjects({ file: buffer, metadata, compressors, rowStart, rowEnd })
    for (const [i, value] of rows.entries()) yield { number: rowStart + i + 1, value }
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
