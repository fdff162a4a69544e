// Text in which names of domains stand: a name goes to the next line whole, and where even that is too narrow for it, it breaks before a
// dot, so that it breaks inside no word.
import { Fragment } from 'preact'

const NAME = /(\S*[\p{L}\p{N}]\.[\p{L}\p{N}]\S*)/u
const DOTS = /(?<=[\p{L}\p{N}])(?=\.[\p{L}\p{N}])/u

export function Breaks({ text }: { text: string }) {
  return (
    <>
      {text.split(NAME).map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <span class="dotted" key={index}>
            {part.split(DOTS).map((label, at) => (
              <Fragment key={at}>
                {at > 0 && <wbr />}
                {label}
              </Fragment>
            ))}
          </span>
        ),
      )}
    </>
  )
}
