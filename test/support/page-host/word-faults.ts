// Words that a line breaks inside of, in the page that is open: an expression for the page itself. A line may end after a space, a dash,
// a dot of a name or where the source allows it (<wbr>), never between two letters; but for what is code, which breaks anywhere.

export const BROKEN_WORDS = `(() => {
  const found = new Set()
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true })
  const isUnseen = (element) => element !== null && (getComputedStyle(element).clipPath === 'inset(50%)' || isUnseen(element.parentElement))
  const walker = document.createTreeWalker(document.querySelector('dialog[open]') ?? document.body, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  const topOf = (node, at) => {
    range.setStart(node, at)
    range.setEnd(node, at + 1)
    return range.getClientRects()[0]?.top
  }
  while (walker.nextNode()) {
    const node = walker.currentNode
    const { parentElement: parent, data } = node
    if (data.trim() === '' || !isShown(parent) || isUnseen(parent) || parent.closest('.code, code, pre, textarea, option, svg, .one-line') !== null) continue
    for (const { 0: word, index } of data.matchAll(/[\\p{L}\\p{N}\\p{M}]+/gu)) {
      for (let at = index + 1; at < index + word.length; at += 1) {
        const [before, here] = [topOf(node, at - 1), topOf(node, at)]
        if (before !== undefined && here !== undefined && here > before + 3) {
          found.add(word.slice(0, at - index) + '|' + word.slice(at - index) + ' in "' + data.trim().slice(0, 60) + '"')
          break
        }
      }
    }
  }
  return [...found]
})()`
