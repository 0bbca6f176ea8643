/** Something that the user has to do something about: the message is one sentence to print as it is. */
export class SetupError extends Error {}
