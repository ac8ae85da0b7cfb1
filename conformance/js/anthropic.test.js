import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { answers, backoff, generated, holdWaits, matrix, prompt, reader, silent, spy, system, url } from './matrix.js';

function client({ fetch, ...options }) {
  return new Anthropic({ apiKey: 'key', baseURL: url, fetch, logLevel: 'off', ...options });
}

async function ask({ fetch, model, stream, maxTokens = 64, signal, heard, client: options }) {
  const params = { model, system, max_tokens: maxTokens, messages: [{ role: 'user', content: prompt }] };
  const { messages } = client({ fetch, ...options });
  if (!stream) return reply(await messages.create(params, { signal }));
  // The helper that assembles a message refuses one without an end, so the
  // events are put together by hand.
  const all = { content: [] };
  for await (const event of await messages.create({ ...params, stream }, { signal })) {
    if (event.type === 'message_start') {
      heard?.();
      Object.assign(all, event.message);
    }
    if (event.type === 'content_block_start') all.content.push({ ...event.content_block });
    if (event.type === 'content_block_delta') all.content[event.index].text += event.delta.text;
    if (event.type === 'message_delta') {
      all.stop_reason = event.delta.stop_reason;
      Object.assign(all.usage, event.usage);
    }
  }
  return reply(all);
}

function reply({ content, model, stop_reason, usage }) {
  const text = content.map((block) => block.text).join('');
  return { text, model, stop: stop_reason, input: usage.input_tokens, output: usage.output_tokens };
}

const library = { ask, read: reader(Anthropic.APIError, 'status', 'type'), counts: true };
const limited = ['RateLimitError', 429, 'rate_limit_error'];
const broken = (status, type, name = 'InternalServerError') => [name, status, type];

describe('anthropic', { concurrency: true }, () => {
  answers({ ask, stop: 'end_turn', length: 'max_tokens' });

  // A blank answer, and usage that is not told, are undefined: reading them throws.
  silent(library, [
    ['blank', 'TypeError', 'TypeError'],
    ['truncate-inside', 'SyntaxError', ['text', 'open', 'truncate-inside', 1]],
    ['empty', ['nothing', 'end', 'empty', 0], ['nothing', 'end', 'empty', 0]],
    ['refusal', ['text', 'end', 'refusal', 12], ['text', 'end', 'refusal', 12]],
    ['no-usage', 'TypeError', ['text', 'end', 'no-usage', 1]],
    ['wrong-model', ['text', 'end', 'another-model', 12], ['text', 'end', 'another-model', 12]],
  ]);

  matrix('statuses', library, [
    ['calm', 'nothing'],
    ['status-400', ['BadRequestError', 400, 'invalid_request_error']],
    ['status-401', ['AuthenticationError', 401, 'authentication_error']],
    ['nosuch', ['NotFoundError', 404, 'not_found_error']],
    ['status-408', ['RequestTimeoutError', 408, 'timeout_error'], backoff],
    ['status-409', ['ConflictError', 409, 'api_error'], backoff],
    ['status-500', broken(500, 'api_error'), backoff],
    ['status-502', broken(502, null), backoff],
    ['status-503', broken(503, 'overloaded_error', 'ServiceUnavailableError'), backoff],
    ['status-504', broken(504, 'timeout_error', 'GatewayTimeoutError'), backoff],
    ['status-500-final', broken(500, 'api_error')],
    ['status-400-again', ['BadRequestError', 400, 'invalid_request_error'], backoff],
    ['status-529', broken(529, 'overloaded_error', 'OverloadedError'), backoff],
  ]);

  matrix('limits', library, [
    ['limited', limited, backoff],
    ['limited-250ms', limited, [1000, 1000]], // the format has whole seconds
    ['limited-1s', limited, [1000, 1000]],
    ['exhausted', ['EnforcedSpendLimitReachedError', 429, 'rate_limit_error'], backoff],
  ]);

  generated(library);

  matrix('bodies', { ...library, ways: [false] }, [
    ['in-stream', broken(500, 'api_error'), backoff],
  ]);

  matrix('streams', { ...library, ways: [true] }, [
    ['in-stream', ['APIError', undefined, 'api_error']],
    ['in-stream-0', ['APIError', undefined, 'api_error']],
  ]);

  test('the helper refuses a message without an end', async () => {
    const params = { model: 'truncate', max_tokens: 64, messages: [{ role: 'user', content: prompt }] };
    await assert.rejects(client(spy()).messages.stream(params).finalMessage(), Anthropic.AnthropicError);
  });

  test('the helper assembles a message', async () => {
    const params = { model: 'calm', max_tokens: 64, messages: [{ role: 'user', content: prompt }] };
    const got = await client(spy()).messages.stream(params).finalMessage();
    assert.equal(got.stop_reason, 'end_turn');
  });

  test('it waits as long as it is told to', async () => {
    const { fetch, tries } = spy();
    const signal = AbortSignal.timeout(1500);
    await assert.rejects(ask({ fetch, model: 'limited-1h', stream: false, signal }), Anthropic.APIUserAbortError);
    holdWaits(tries, []);
  });

  test('models', async () => {
    const names = [];
    for await (const model of client(spy()).models.list()) names.push(model.id);
    assert.ok(names.includes('calm'));
  });
});
