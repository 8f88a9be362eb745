/** Times as text. */
import { ABSENT } from './number.ts'

/** Seconds as a person says them: `0.42 s`, `48 s`, `9 min`, `2 h 05 min`, `3 d 4 h`. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return ABSENT
  if (seconds < 1) return `${Number(seconds.toFixed(2))} s`
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** How long ago, or the date when that is more than a week: `just now`, `12 min ago`, `3 h ago`, `2 d ago`, `2026-11-02`. */
export function formatAgo(iso: string, nowMs: number): string {
  const thenMs = Date.parse(iso)
  if (Number.isNaN(thenMs)) return ABSENT
  const seconds = Math.max(0, (nowMs - thenMs) / 1000)
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`
  return iso.slice(0, 10)
}

/** Local clock time of an ISO instant, `14:02:09`. */
export function formatClock(iso: string): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return ABSENT
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}
