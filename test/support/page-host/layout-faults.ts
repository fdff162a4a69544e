// What is wrong with the layout of the page that is open, one sentence each: an expression for the page itself.

/** Gives the faults of the page as it stands; scrolls its parts meanwhile, and puts them back. */
export const LAYOUT_FAULTS = `(() => {
  const found = []
  const root = document.documentElement
  const nameOf = (element) => {
    const classes = typeof element.className === 'string' ? element.className : element.getAttribute('class') ?? ''
    const text = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)
    return element.localName + (classes === '' ? '' : '.' + classes.split(' ').join('.')) + (text === '' ? '' : ' "' + text + '"')
  }
  // the browser says of words in a picture's hidden part that they are visible
  const isHidden = (element) => element !== null && (getComputedStyle(element).display === 'none' || isHidden(element.parentElement))
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && (element.ownerSVGElement == null || !isHidden(element))
  // for those who listen alone
  const isUnseen = (element) => element !== null && (getComputedStyle(element).clipPath === 'inset(50%)' || isUnseen(element.parentElement))

  // its own bars would take room: what is left inside of them counts
  if (root.scrollHeight > root.clientHeight) found.push('the document is ' + (root.scrollHeight - root.clientHeight) + ' px higher than its window')
  if (root.scrollWidth > root.clientWidth) found.push('the document is ' + (root.scrollWidth - root.clientWidth) + ' px wider than its window')

  // what scrolls
  const all = [...document.body.querySelectorAll('*')].filter(isShown)
  const scrolls = (value) => value === 'auto' || value === 'scroll'
  const scrollers = all.filter((element) => scrolls(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight)
  const isField = (element) => element.localName === 'textarea' || element.localName === 'select'
  const outer = scrollers.filter((element) => !isField(element))
  if (outer.length > 1) found.push('more than one thing scrolls: ' + outer.map(nameOf).join(' and '))
  for (const inner of scrollers) {
    const around = scrollers.find((other) => other !== inner && other.contains(inner))
    if (around !== undefined && !outer.includes(inner)) found.push(nameOf(inner) + ' scrolls in ' + nameOf(around))
  }
  for (const element of all) {
    const { overflowX, textOverflow } = getComputedStyle(element)
    if (isUnseen(element) || overflowX === 'visible' || element.clientWidth === 0) continue
    if (element.scrollWidth > element.clientWidth + 1 && textOverflow !== 'ellipsis') {
      found.push(nameOf(element) + ' is ' + (element.scrollWidth - element.clientWidth) + ' px wider inside than outside')
    }
  }

  // what can be pressed
  const dialog = document.querySelector('dialog[open]')
  const places = outer.map((element) => [element, element.scrollTop])
  for (const element of (dialog ?? document.body).querySelectorAll('a[href], button, input, select, textarea, summary')) {
    if (!isShown(element) || isUnseen(element)) continue
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const { left, top, right, bottom } = element.getBoundingClientRect()
    if (left < -1 || right > root.clientWidth + 1 || top < -1 || bottom > innerHeight + 1) {
      found.push(nameOf(element) + ' does not fit into the window')
      continue
    }
    for (const y of [top + 2, (top + bottom) / 2, bottom - 2]) {
      const there = document.elementFromPoint((left + right) / 2, y)
      const own = there !== null && (element.contains(there) || there.contains(element) || element.closest('label')?.contains(there))
      if (own) continue
      found.push(nameOf(element) + ' lies under ' + (there === null ? 'nothing' : nameOf(there)))
      break
    }
  }
  for (const [element, top] of places) element.scrollTop = top

  // what can be read
  const words = []
  const walker = document.createTreeWalker(dialog ?? document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode
    if (data.trim() === '' || !isShown(parent) || isUnseen(parent) || parent.closest('title, option') !== null) continue
    const range = document.createRange()
    range.selectNodeContents(walker.currentNode)
    const rects = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0)
    const isShort = parent.closest('.one-line') !== null
    let box = parent
    while (box !== null && box !== document.body && !isShort) {
      if (!['inline', 'contents'].includes(getComputedStyle(box).display) && box.namespaceURI === root.namespaceURI) {
        const { left, right } = box.getBoundingClientRect()
        const out = rects.find((rect) => rect.left < left - 1 || rect.right > right + 1)
        if (out !== undefined) {
          found.push('"' + data.trim().slice(0, 40) + '" stands out of ' + nameOf(box))
          break
        }
      }
      box = box.parentElement
    }
    const scroller = parent.closest('.pinned, .view, .dock, .bar, .nav, dialog')
    if (!isShort) words.push(...rects.map((rect) => ({ rect, data: data.trim().slice(0, 40), scroller })))
  }
  words.forEach((one, index) => {
    for (const other of words.slice(index + 1)) {
      if (one.scroller !== other.scroller || one.data === other.data) continue
      const width = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left)
      const height = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top)
      if (width > 1 && height > 3) found.push('"' + one.data + '" lies over "' + other.data + '"')
    }
  })
  return found
})()`
