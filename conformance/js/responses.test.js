import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { answers, backoff, matrix, prompt, reader, silent, spy, system, url } from './matrix.js';

async function ask({ fetch, model, stream, maxTokens = 64 }) {
  const { responses } = new OpenAI({ apiKey: 'key', baseURL: `${url}/v1`, fetch, logLevel: 'off' });
  const params = { model, stream, instructions: system, input: prompt, max_output_tokens: maxTokens };
  if (!stream) {
    const got = await responses.create(params);
    return reply(got, got.output_text);
  }
  let text = '', last;
  for await (const event of await responses.create(params)) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (['response.completed', 'response.incomplete'].includes(event.type)) last = event.response;
  }
  return reply(last, text);
}

function reply(response, text) {
  const { model, status, usage } = response ?? {};
  return { text, model, stop: status, input: usage?.input_tokens, output: usage?.output_tokens };
}

const library = { ask, read: reader(OpenAI.APIError, 'status', 'type', 'code'), counts: true };

describe('responses', { concurrency: true }, () => {
  answers({ ask, stop: 'completed', length: 'incomplete' });

  silent(library, [
    ['blank', 'TypeError', ['nothing', 'open', undefined, undefined]],
    ['truncate-inside', 'SyntaxError', 'SyntaxError'],
    ['empty', ['nothing', 'end', 'empty', 0], ['nothing', 'end', 'empty', 0]],
    ['refusal', ['text', 'end', 'refusal', 12], ['text', 'end', 'refusal', 12]],
    ['no-usage', ['text', 'end', 'no-usage', undefined], ['text', 'end', 'no-usage', undefined]],
    ['wrong-model', ['text', 'end', 'another-model', 12], ['text', 'end', 'another-model', 12]],
  ]);

  matrix('statuses', library, [
    ['calm', 'nothing'],
    ['status-400', ['BadRequestError', 400, 'invalid_request_error', null]],
    ['status-500', ['InternalServerError', 500, 'server_error', null], backoff],
    ['status-502', ['InternalServerError', 502, undefined, undefined], backoff],
    ['limited-250ms', ['RateLimitError', 429, 'tokens', 'rate_limit_exceeded'], [250, 250]],
    ['reset', 'APIConnectionError', backoff],
    ['reset-half', 'TypeError'],
    ['malformed', 'SyntaxError'],
  ]);

  // The shape of an error in a stream as the specification has it, and as it has
  // been seen.
  matrix('streams', { ...library, ways: [true] }, [
    ['in-stream', ['APIError', undefined, 'error', 'server_error']],
    ['in-stream-0', ['APIError', undefined, 'error', 'server_error']],
  ]);

  test('the other shape of an error in a stream', async () => {
    const asked = ask({ ...spy(3), model: 'in-stream', stream: true });
    await assert.rejects(asked, { name: 'Error', type: 'server_error', code: 'server_error' });
  });

  test('the helper assembles a response', async () => {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${url}/v1`, ...spy() });
    const got = await client.responses.stream({ model: 'calm', input: prompt }).finalResponse();
    assert.ok(got.status === 'completed' && got.output_text.length > 10);
  });
});
