// Text in which names of domains stand: a line may break before a dot of theirs, so that it breaks inside no word.
import { Fragment } from 'preact'

const DOTS_IN_NAMES = /(?<=[\p{L}\p{N}])(?=\.[\p{L}\p{N}])/u

export function Breaks({ text }: { text: string }) {
  return (
    <>
      {text.split(DOTS_IN_NAMES).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  )
}
