import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, GoogleGenAI } from '@google/genai';
import { answers, holdWaits, matrix, prompt, silent, spy, system, url } from './matrix.js';

async function ask({ fetch, model, stream, maxTokens = 64, signal, http }) {
  const { models } = client({ fetch, ...http });
  const params = {
    model, contents: prompt,
    config: { systemInstruction: system, maxOutputTokens: maxTokens, abortSignal: signal },
  };
  if (!stream) return add(undefined, await models.generateContent(params));
  let all;
  for await (const part of await models.generateContentStream(params)) all = add(all, part);
  return all;
}

function client(httpOptions) {
  return new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: url, ...httpOptions } });
}

function add(all, part) {
  const { promptTokenCount: input, candidatesTokenCount: output } = part.usageMetadata ?? {};
  return {
    text: (all?.text ?? '') + (part.text ?? ''), model: part.modelVersion, input, output,
    stop: part.candidates?.[0]?.finishReason,
  };
}

function read(err) {
  if (err === undefined) return 'nothing';
  return err instanceof ApiError ? [err.status, status(err.message)] : err.constructor.name;
}

// status returns the word for the status, which is in the message only.
function status(message) {
  return JSON.parse(message.slice(message.indexOf('{'))).error.status;
}

const library = { ask, read };

describe('gemini', { concurrency: true }, () => {
  answers({ ask, stop: 'STOP', length: 'MAX_TOKENS' });

  silent(library, [
    ['blank', 'SyntaxError', ['nothing', 'open', undefined, undefined]],
    ['truncate-inside', 'SyntaxError', 'Error'],
    ['empty', ['nothing', 'end', 'empty', undefined], ['nothing', 'end', 'empty', undefined]],
    ['refusal', ['text', 'end', 'refusal', 12], ['text', 'end', 'refusal', 12]],
    ['no-usage', ['text', 'end', 'no-usage', undefined], ['text', 'end', 'no-usage', undefined]],
    ['wrong-model', ['text', 'end', 'another-model', 12], ['text', 'end', 'another-model', 12]],
  ]);

  matrix('one try', library, [
    ['calm', 'nothing'],
    ['status-400', [400, 'INVALID_ARGUMENT']],
    ['status-401', [401, 'UNAUTHENTICATED']],
    ['nosuch', [404, 'NOT_FOUND']],
    ['status-500', [500, 'INTERNAL']],
    ['status-502', [502, 'Bad Gateway']],
    ['status-503', [503, 'UNAVAILABLE']],
    ['status-504', [504, 'DEADLINE_EXCEEDED']],
    ['limited', [429, 'RESOURCE_EXHAUSTED']],
    ['limited-1s', [429, 'RESOURCE_EXHAUSTED']],
    ['exhausted', [429, 'RESOURCE_EXHAUSTED']],
    ['reset', 'TypeError'],
    ['refuse', 'TypeError'],
    ['hang', 'DOMException', [], { http: { timeout: 300 } }],
  ]);

  // Its waits begin at a second; here they begin at 20 ms.
  const http = { retryOptions: { initialDelay: 0.02 } };
  const waits = [20, 40, 80, 160];
  matrix('asked to try again', library, [
    ['status-400', [400, 'INVALID_ARGUMENT'], [], { http }],
    ['status-408', [408, 'DEADLINE_EXCEEDED'], waits, { http }],
    ['status-409', [409, 'ABORTED'], [], { http }],
    ['status-500', [500, 'INTERNAL'], waits, { http }],
    ['status-502', [502, 'Bad Gateway'], waits, { http }],
    ['status-503', [503, 'UNAVAILABLE'], waits, { http }],
    ['status-504', [504, 'DEADLINE_EXCEEDED'], waits, { http }],
    ['status-529', [529, 'UNAVAILABLE'], [], { http }],
    ['status-500-final', [500, 'INTERNAL'], waits, { http }], // nor whether to come back
    ['status-400-again', [400, 'INVALID_ARGUMENT'], [], { http }],
    ['limited', [429, 'RESOURCE_EXHAUSTED'], waits, { http }],
    ['limited-1h', [429, 'RESOURCE_EXHAUSTED'], waits, { http }], // it does not read when to come back
    ['exhausted', [429, 'RESOURCE_EXHAUSTED'], waits, { http }],
    ['reset', 'TypeError', [], { http }], // what breaks a connection is not tried again
    ['refuse', 'TypeError', [], { http }],
  ]);

  matrix('bodies', { ...library, ways: [false] }, [
    ['reset-half', 'TypeError'],
    ['truncate', 'SyntaxError'],
    ['malformed', 'SyntaxError'],
    ['in-stream', [500, 'INTERNAL']],
  ]);

  matrix('streams', { ...library, ways: [true] }, [
    ['reset-half', 'TypeError'],
    ['malformed', 'SyntaxError'],
    ['in-stream', [500, 'INTERNAL']],
    ['in-stream-0', [500, 'INTERNAL']],
  ]);

  test('models', async () => {
    const names = [];
    for await (const model of await client(spy()).models.list()) names.push(model.name);
    assert.ok(names.includes('models/calm'));
  });
});
