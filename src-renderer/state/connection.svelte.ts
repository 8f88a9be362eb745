import { workbench, type Connection } from '../workbench.ts'
import { askedActs } from './asked-acts.ts'

/** Whether the workbench can be reached, for the line at the top of the window. */
class ConnectionState {
  now = $state<Connection>(workbench.connection)
  /** What was asked for before the line was cut, and is asked for again. */
  asked = $state.raw<readonly string[]>([])

  constructor() {
    workbench.onConnection((connection) => {
      this.asked = connection === 'open' ? [] : askedActs(workbench.unanswered)
      // The next try is lost before it is refused again.
      if (connection !== 'lost' || this.now !== 'refused') this.now = connection
    })
  }
}

export const connection = new ConnectionState()
