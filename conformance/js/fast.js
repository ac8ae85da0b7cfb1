// The same foreign mock for the benchmark: one answer, at once, in twenty
// pieces if it is streamed. It prints its address, and for each line that it
// reads how many nanoseconds of processor time it has used.
import { LLMock } from '@copilotkit/aimock';

const mock = new LLMock({ port: 0, chunkSize: 5, latency: 0, logLevel: 'silent' });
const usage = { prompt_tokens: 8, completion_tokens: 20, total_tokens: 28 };
mock.onMessage('refunds', { content: 'Five to ten business days, usually; we write to you as soon as the money is on its way back to you.'.slice(0, 100), usage });
await mock.start();
console.log(JSON.stringify(new URL(mock.url).host));
process.stdin.on('data', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ Processor: (user + system) * 1000 }));
});
process.stdin.on('end', () => mock.stop().then(() => process.exit()));
