import { workbench, type Connection } from '../workbench.ts'

/** Whether the workbench can be reached, for the line at the top of the window. */
class ConnectionState {
  now = $state<Connection>(workbench.connection)

  constructor() {
    workbench.onConnection((connection) => (this.now = connection))
  }
}

export const connection = new ConnectionState()
