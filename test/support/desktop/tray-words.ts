// What a tray icon says.
import type { TrayItem } from './panel.ts'

/** What stands beside the icon while the mouse is over it. */
export function tooltipOf({ properties }: TrayItem): string {
  const [, , title = ''] = (properties['ToolTip'] ?? []) as readonly [string?, unknown?, string?, string?]
  return title
}

/** The words of its menu, without lines; those in brackets cannot be clicked. */
export function menuOf({ menu }: TrayItem): string[] {
  return menu
    .filter(({ type }) => type !== 'separator')
    .map(({ label = '', enabled }) => (enabled === false ? `(${label})` : label))
}

/** Fits an icon that says this. */
export function says(words: RegExp): (item: TrayItem) => boolean {
  return (item) => words.test(tooltipOf(item))
}
