/** Run as a process: a workbench that starts one run, says its id and looks after it until it is killed. Arguments: home, request as JSON; for a run on a host also options as JSON and its name. */
import { createWorkbench } from '#workbench/workbench'
import { checkoutLocations } from '#workbench/locations'
import { REPOSITORY } from '#test/support/run-builders'

const [home, request, options = '{}', host] = process.argv.slice(2)
const workbench = await createWorkbench({ home: home!, ...checkoutLocations(REPOSITORY), ...JSON.parse(options) })
const { id } = await workbench.api['runs.create'](JSON.parse(request!), undefined, host)
console.log(id)
setInterval(() => {}, 1000)
