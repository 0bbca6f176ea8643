/**
 * The subject of an encoded certificate, byte for byte: what the certificates that it signs must name as their issuer.
 * It is the sixth part of the body, after version, serial number, algorithm, issuer and validity.
 */
export function subjectOf(certificate: Buffer): Buffer {
  const body = contentOf(contentOf(certificate));
  let rest = body;
  const hasVersion = body[0] === 0xa0;
  for (let skipped = 0; skipped < (hasVersion ? 5 : 4); skipped++) rest = rest.subarray(elementAt(rest).end);
  return rest.subarray(0, elementAt(rest).end);
}

function contentOf(bytes: Buffer): Buffer {
  const { start, end } = elementAt(bytes);
  return bytes.subarray(start, end);
}

/** Where the content of the first element begins and ends. */
function elementAt(bytes: Buffer): { readonly start: number; readonly end: number } {
  const first = bytes[1] ?? 0;
  const lengthSize = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthSize === 0 ? first : bytes.readUIntBE(2, lengthSize);
  return { start: 2 + lengthSize, end: 2 + lengthSize + length };
}
