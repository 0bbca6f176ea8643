/** The text form of what is encoded, RFC 7468: `label` is `CERTIFICATE`, say. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The blocks of one label in a text that may hold others, each a text of its own; what stands between blocks is left out. */
export function pemBlocks(text: string, label: string): string[] {
  const block = new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, "g");
  return (text.match(block) ?? []).map((each) => `${each}\n`);
}
