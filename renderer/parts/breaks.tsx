// Text in which names of domains stand: a name goes to the next line whole, and where even that is too narrow for it, it breaks before a
// dot, so that it breaks inside no word.

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
            {part.split(DOTS).flatMap((label, at) => (at === 0 ? [label] : [<wbr key={at} />, label]))}
          </span>
        ),
      )}
    </>
  )
}
