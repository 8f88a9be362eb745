import { launchBrowser } from '#test/support/browser'
import { startHost } from '#test/support/host-process'
const [home, shots] = [process.argv[2]!, JSON.parse(process.argv[3]!) as [string, string, string, string[]][]]
const choice = await launchBrowser()
if (choice.browser === null) throw new Error(choice.reason)
const host = await startHost(home)
const page = await choice.browser.newPage({ viewport: { width: 1280, height: 800 } })
await page.goto(host.url)
for (const [out, hash, scheme, clicks] of shots) {

  page.setDefaultTimeout(15000)
  await page.emulateMedia({ colorScheme: scheme as 'light' | 'dark' })

  await page.waitForTimeout(1000)
  await page.evaluate((h) => { location.hash = h }, hash)
  await page.waitForTimeout(2500)
  for (const name of clicks) { await page.getByRole('button', { name, exact: true }).or(page.getByText(name, {exact: true})).first().click().catch((e) => console.log(String(e).slice(0, 200))); await page.waitForTimeout(1500) }
  await page.screenshot({ path: out, fullPage: true })

}
await choice.browser.close()
await host.kill()
