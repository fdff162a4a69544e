// A window in the window: the platform's own dialog keeps the focus inside, closes on Escape and gives the focus back.
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useId, useRef } from 'preact/hooks'

/** Shows a dialog for as long as it is drawn. */
export function Dialog({
  title,
  onClose,
  narrow = false,
  children,
}: {
  title: string
  onClose: () => void
  narrow?: boolean
  children: ComponentChildren
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const { activeElement } = document
    // the reference is gone when the dialog goes, and what is behind an open one cannot take the focus
    const dialog = ref.current
    dialog?.showModal()
    return () => {
      dialog?.close()
      if (activeElement instanceof HTMLElement) activeElement.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class={narrow ? 'pop sheet sheet-narrow' : 'pop sheet'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        // a press outside lands on the dialog itself, whose content is one element
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div class="sheet-body">
        <h2 class="sheet-title" id={id}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
