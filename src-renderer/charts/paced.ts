/**
 * A function that runs `task` at once, and then no oftener than every so many milliseconds: calls that come meanwhile are answered together by one more run.
 * What is told to people need not change with every frame.
 */
export function paced(intervalMs: number, task: () => void): () => void {
  let isResting = false
  let isAskedAgain = false

  function run(): void {
    isAskedAgain = false
    isResting = true
    setTimeout(rested, intervalMs)
    task()
  }

  function rested(): void {
    isResting = false
    if (isAskedAgain) run()
  }

  return () => {
    if (isResting) isAskedAgain = true
    else run()
  }
}
