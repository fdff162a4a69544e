// How the window is drawn: by the processor. A quiet page of text gains nothing by the graphics card, whose drivers cost tens of
// megabytes in two processes for as long as the app runs, also without a window. Only on Linux, where it has been tried.

/** Chromium's switches: not by the card, and not by the program that does as if there were one. Set before the app is ready. */
export const DRAWING_SWITCHES: readonly (readonly [string, string?])[] = [
  ['disable-gpu'],
  ['disable-software-rasterizer'],
]

/** Says to GTK, which draws the menus and asks for the card's drivers as it starts, whether it may. */
const GTK_VARIABLE = 'GDK_GL'

/**
 * Keeps GTK from loading the drivers.
 *
 * @param env  this process's own; a variable that a person has set stays
 * @returns takes the variable away again once GTK has started, so that programs which the app opens do not inherit it
 */
export function spareGtkTheDrivers(env: NodeJS.ProcessEnv): () => void {
  if (env[GTK_VARIABLE] !== undefined) return () => undefined
  env[GTK_VARIABLE] = 'disable'
  return () => {
    delete env[GTK_VARIABLE]
  }
}
