// The one script of the operator's page, whose hash stands in its policy: it puts in what is new, and copies. Without it the page is a
// picture of the moment. What the server sends is its own HTML, escaped there; a script in it would not run by the policy.

export const SCRIPT = `
'use strict'
document.documentElement.classList.add('live')
const say = (words, isWell) => {
  const place = document.getElementById('liveness')
  place.textContent = words
  place.className = isWell ? '' : 'attention'
}
const isRead = (part) => {
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode)
}
const takeIn = (html) => {
  const fresh = new DOMParser().parseFromString(html, 'text/html')
  const parts = [...fresh.querySelectorAll('[data-part]')]
  const placeOf = ({ dataset }) => document.querySelector('[data-part="' + CSS.escape(dataset.part) + '"]')
  if (parts.length !== document.querySelectorAll('[data-part]').length || !parts.every(placeOf)) return location.reload()
  for (const part of parts) {
    const old = placeOf(part)
    for (const one of old.querySelectorAll('details[open]')) {
      const same = part.querySelector('details[data-id="' + CSS.escape(one.dataset.id) + '"]')
      if (same) same.open = true
    }
    if (old.isEqualNode(part) || isRead(old) || old.contains(document.activeElement)) continue
    old.replaceWith(part)
  }
}
const version = document.documentElement.dataset.version
const source = new EventSource('/events')
source.addEventListener('page', ({ data }) => {
  const told = JSON.parse(data)
  if (told.version !== version) return location.reload()
  takeIn(told.html)
  say('Live: this page follows by itself.', true)
})
source.addEventListener('error', () => {
  say(source.readyState === EventSource.CLOSED
    ? 'Not live: it is open in as many windows as are served. Close one and reload this one.'
    : 'The servers do not answer. This is how they were last seen; the page goes on by itself once they do.', false)
})
document.addEventListener('click', async ({ target }) => {
  const button = target instanceof Element && target.closest('button[data-copy]')
  if (!button) return
  const words = button.textContent
  await navigator.clipboard.writeText(button.dataset.copy).then(
    () => { button.textContent = 'Copied' },
    () => { button.textContent = 'Not copied: mark the text and copy it' },
  )
  setTimeout(() => { button.textContent = words }, 2000)
})
`
