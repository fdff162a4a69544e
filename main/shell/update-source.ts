// Where this build's announcements come from. Whoever publishes builds puts the address of the feed and the public key here;
// as long as nobody does, the app announces nothing and asks nobody.
import type { UpdateSource } from './update-feed.ts'

export const UPDATE_SOURCE: UpdateSource | undefined = undefined
