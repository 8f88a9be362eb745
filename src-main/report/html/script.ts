/**
 * What the page's script adds to charts that are complete without it: values at a step under the pointer or the arrow keys, and lines that can be
 * hidden. It puts text into the page as text only, asks for nothing, and keeps nothing. Plain JavaScript: it runs as it stands here.
 */

export const SCRIPT = `
'use strict'
for (const figure of document.querySelectorAll('figure[data-chart]')) {
  const svg = figure.querySelector('svg')
  const [left, top, width, height, last] = svg.dataset.plot.split(' ').map(Number)
  const series = [...figure.querySelectorAll('tbody tr')].map((row) => ({
    name: row.dataset.name,
    places: row.dataset.places.split(' ').map(Number),
    texts: row.dataset.texts.split('|'),
    isShown: true,
    row,
  }))
  const told = document.createElement('p')
  told.className = 'pointed'
  told.setAttribute('aria-live', 'polite')
  told.textContent = 'Point at the chart, or use the arrow keys on it.'
  figure.append(told)
  const pointer = document.createElementNS('http://www.w3.org/2000/svg', 'line')
  pointer.setAttribute('class', 'pointer')
  pointer.setAttribute('y1', top)
  pointer.setAttribute('y2', top + height)
  pointer.setAttribute('visibility', 'hidden')
  svg.append(pointer)
  const places = [...new Set(series.flatMap((one) => one.places))].sort((a, b) => a - b)
  let now = places.length - 1

  const textAt = ({ places, texts }, place) => {
    const at = places.findLastIndex((one) => one <= place)
    return at < 0 || place > places[places.length - 1] ? '–' : texts[at]
  }
  const show = (at) => {
    now = Math.max(0, Math.min(places.length - 1, at))
    const place = places[now]
    const x = left + (place / last) * width
    pointer.setAttribute('x1', x)
    pointer.setAttribute('x2', x)
    pointer.setAttribute('visibility', 'visible')
    const shown = series.filter((one) => one.isShown)
    const where = svg.dataset.unit === 'step' ? 'Step ' + place : place.toFixed(1) + ' min'
    told.textContent = [where, ...shown.map((one) => one.name + ' ' + textAt(one, place))].join(' · ')
  }
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect()
    const place = (((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width - left) / width * last
    const after = places.findIndex((one) => one >= place)
    show(after < 0 ? places.length - 1 : after > 0 && place - places[after - 1] < places[after] - place ? after - 1 : after)
  })
  svg.setAttribute('tabindex', '0')
  svg.addEventListener('keydown', (event) => {
    const moves = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: places.length - 1 }
    if (!(event.key in moves)) return
    event.preventDefault()
    show(moves[event.key])
  })
  if (series.length > 1) series.forEach((one, index) => {
    const name = one.row.querySelector('.name')
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = name.textContent
    button.setAttribute('aria-pressed', 'true')
    name.replaceChildren(button)
    button.addEventListener('click', () => {
      one.isShown = !one.isShown
      button.setAttribute('aria-pressed', String(one.isShown))
      for (const drawn of svg.querySelectorAll('[data-series="' + index + '"]')) drawn.classList.toggle('hidden', !one.isShown)
    })
  })
}
addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((one) => (one.open = true)))
`
