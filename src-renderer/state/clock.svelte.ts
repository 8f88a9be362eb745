/** The time as screens show it: moves on every 20 s, so that “3 min ago” stays true. */
class Clock {
  nowMs = $state(Date.now())

  constructor() {
    setInterval(() => (this.nowMs = Date.now()), 20_000)
  }
}

export const clock = new Clock()
