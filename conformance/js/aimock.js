// A mock of model providers that is not ours, on a free port of loopback, until
// standard input ends. It prints its address.
import { LLMock } from '@copilotkit/aimock';

const mock = new LLMock({ port: 0, chunkSize: 5 });
mock.onMessage('good', { content: 'Quite well, thank you.', usage: { prompt_tokens: 11, completion_tokens: 6, total_tokens: 17 } });
mock.onMessage('limited', { error: { message: 'Too fast.', type: 'rate_limit_error', code: 'rate_limit_exceeded' }, status: 429, retryAfter: 7 });
mock.onMessage('broken', { error: { message: 'Sorry.', type: 'server_error' }, status: 500 });
mock.onMessage('cut', { content: 'Quite well, thank you.' }, { chunkSize: 2, truncateAfterChunks: 8, latency: 20 });
await mock.start();
console.log(mock.url);
process.stdin.on('end', () => mock.stop().then(() => process.exit())).resume();
