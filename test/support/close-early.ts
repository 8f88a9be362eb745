/** Closes scorers while their threads are still starting, beside others that work: `node test/support/close-early.ts <times>`. What it looks for ends the process. */
import { setTimeout as delay } from 'node:timers/promises'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer } from '#trainer/3-scores/scorer'
import { VICTIM } from './hostile.ts'

const times = Number(process.argv[2])

async function loop(first: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const scorer = createScorer({ workers: 1 })
    const reports = [1, 2, 3].map((copy) => scorer.score(fenced(`${VICTIM.reference}// ${i} ${copy}`), VICTIM, 1))
    await delay(200 + ((i * 97 + first * 331) % 900))
    await scorer.close()
    await Promise.all(reports)
  }
}

await Promise.all([0, 1, 2].map(loop))
console.log(`closed ${times} times`)
