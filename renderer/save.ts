// Gives the person a file, as browsers do it: a link to the text that is pressed at once. Only in a browser's tab; the desktop
// app writes into its own folder.

/** Saves a text under a name. */
export function saveText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // the browser has taken the text when the click returns; the address may go a moment later
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
