/** Run as a process: a workbench that starts one run, says its id and looks after it until it is killed. Arguments: home, request as JSON. */
import { createWorkbench } from '#workbench/workbench'
import { checkoutLocations } from '#workbench/locations'
import { REPOSITORY } from '#test/support/run-builders'

const [home, request] = process.argv.slice(2)
const workbench = await createWorkbench({ home: home!, ...checkoutLocations(REPOSITORY) })
const { id } = await workbench.api['runs.create'](JSON.parse(request!))
console.log(id)
setInterval(() => {}, 1000)
