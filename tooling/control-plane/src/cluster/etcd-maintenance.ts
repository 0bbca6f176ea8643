import { request } from "undici";

const patienceMs = 10_000;

/** Forgets every version but the newest, by etcd's JSON gateway. */
export async function compactEtcd(url: string): Promise<void> {
  // A key is base64; any read tells the newest revision.
  const { header } = await call<{ readonly header: { readonly revision: string } }>(`${url}/v3/kv/range`, {
    key: "AA==",
  });
  await call(`${url}/v3/kv/compaction`, { revision: header.revision, physical: true });
}

async function call<Answer>(url: string, body: object): Promise<Answer> {
  const signal = AbortSignal.timeout(patienceMs);
  const answer = await request(url, { method: "POST", body: JSON.stringify(body), signal });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd answered ${answer.statusCode} to ${url}: ${text}`);
  return JSON.parse(text) as Answer;
}
