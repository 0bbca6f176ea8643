import { keepRecorded, record, topicNames } from "./record.ts";

/** `node src/recording/main.ts [topic …]`: asks a real Nomad again, and writes down what it answers. */
const asked = new Set(process.argv.slice(2));
for (const topic of topicNames) {
  if (asked.size > 0 && !asked.has(topic)) continue;
  const exchanges = await record(topic);
  keepRecorded(topic, exchanges);
  process.stdout.write(`${topic}: ${exchanges.length}\n`);
}
