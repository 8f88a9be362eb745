/** A Mac calls commands by Command, others by Ctrl. */
export const isMac = /^Mac/.test(navigator.platform)
