import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { answers, backoff, generated, matrix, prompt, reader, silent, spy, system, url } from './matrix.js';

function client({ fetch, ...options }) {
  return new OpenAI({ apiKey: 'key', baseURL: `${url}/v1`, fetch, logLevel: 'off', ...options });
}

async function ask({ fetch, model, stream, maxTokens = 64, signal, heard, client: options }) {
  const params = {
    model, stream, max_completion_tokens: maxTokens,
    messages: [{ role: 'system', content: system }, { role: 'user', content: prompt }],
  };
  if (!stream) {
    const got = await client({ fetch, ...options }).chat.completions.create(params, { signal });
    return reply(got, got.choices[0].message.content, got.choices[0].finish_reason);
  }
  params.stream_options = { include_usage: true };
  let text = '', reason, last;
  for await (const chunk of await client({ fetch, ...options }).chat.completions.create(params, { signal })) {
    if (last === undefined) heard?.();
    text += chunk.choices[0]?.delta.content ?? '';
    reason = chunk.choices[0]?.finish_reason ?? reason;
    last = chunk;
  }
  return reply(last, text, reason);
}

function reply({ model, usage }, text, stop) {
  return { text, model, stop, input: usage?.prompt_tokens, output: usage?.completion_tokens };
}

const library = { ask, read: reader(OpenAI.APIError, 'status', 'type', 'code'), counts: true };
const invalid = 'invalid_request_error';
const limited = ['RateLimitError', 429, 'tokens', 'rate_limit_exceeded'];
const broken = (status, type, code) => ['InternalServerError', status, type, code];
const overloaded = (status) => broken(status, 'service_unavailable_error', 'server_is_overloaded');

describe('openai', { concurrency: true }, () => {
  answers({ ask, stop: 'stop', length: 'length' });

  // A blank answer is undefined, which is found out by who reads it: a TypeError.
  silent(library, [
    ['blank', 'TypeError', 'TypeError'],
    ['truncate-inside', 'SyntaxError', 'SyntaxError'],
    ['empty', ['nothing', 'end', 'empty', 0], ['nothing', 'end', 'empty', 0]],
    ['refusal', ['text', 'end', 'refusal', 12], ['text', 'end', 'refusal', 12]],
    ['no-usage', ['text', 'end', 'no-usage', undefined], ['text', 'end', 'no-usage', undefined]],
    ['wrong-model', ['text', 'end', 'another-model', 12], ['text', 'end', 'another-model', 12]],
  ]);

  matrix('statuses', library, [
    ['calm', 'nothing'],
    ['status-400', ['BadRequestError', 400, invalid, null]],
    ['status-401', ['AuthenticationError', 401, invalid, 'invalid_api_key']],
    ['nosuch', ['NotFoundError', 404, invalid, 'model_not_found']],
    ['status-408', ['APIError', 408, 'server_error', null], backoff],
    ['status-409', ['ConflictError', 409, 'server_error', null], backoff],
    ['status-500', broken(500, 'server_error', null), backoff],
    ['status-502', broken(502, undefined, undefined), backoff],
    ['status-503', overloaded(503), backoff],
    ['status-504', broken(504, 'server_error', null), backoff],
    ['status-500-final', broken(500, 'server_error', null)],
    ['status-400-again', ['BadRequestError', 400, invalid, null], backoff],
    ['status-529', overloaded(529), backoff],
  ]);

  matrix('limits', library, [
    ['limited', limited, backoff],
    ['limited-250ms', limited, [250, 250]],
    ['limited-1s', limited, [1000, 1000]],
    ['limited-90s', limited, backoff], // more than a minute is not believed
    ['limited-1h', limited, backoff],
    ['exhausted', ['RateLimitError', 429, 'insufficient_quota', 'insufficient_quota'], backoff],
  ]);

  generated(library);

  matrix('bodies', { ...library, ways: [false] }, [
    ['in-stream', broken(500, 'server_error', null), backoff],
  ]);

  matrix('streams', { ...library, ways: [true] }, [
    ['in-stream', ['APIError', undefined, 'server_error', null]],
    ['in-stream-0', ['APIError', undefined, 'server_error', null]],
  ]);

  test('models', async () => {
    const names = [];
    for await (const model of client(spy()).models.list()) names.push(model.id);
    assert.ok(names.includes('calm'));
  });
});
