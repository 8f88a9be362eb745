/** How much a browser may hand over. Apart from the schema, so that the page can name them without carrying a validator. */

/** Of one part, before it is written as base64. */
export const UPLOAD_PART_BYTES = 1024 * 1024
/** Of one file. Whoever has more names its path, which copies nothing. */
export const UPLOAD_FILE_BYTES = 2 * 1024 ** 3
